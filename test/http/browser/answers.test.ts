/** The answers of every route that issues tokens: `status` and `mode` tell which shape they have. */
import t from 'tap'
import { call, password, type Registered } from '../../setup/client.ts'
import { startNode } from '../../setup/node.ts'
import { newEmail, openPage, spaOrigins } from './page.ts'

const node = await startNode(t, { env: { SPA_ORIGINS: spaOrigins } })
const change = { current_password: password, new_password: `${password} 2` }
const pair = ['access_token', 'token_type', 'expires_in', 'refresh_token', 'refresh_expires_in', 'session_id']
const inCookies = ['expires_in', 'refresh_expires_in', 'session_id']

t.test('in bearer mode, every answer says so first, and has the tokens', async (t) => {
  const email = newEmail()
  let body = {} as Registered
  for (const [path, given, more] of [
    ['/auth/register', () => ({ email, password }), ['device_token', 'verification_id']],
    ['/auth/login', () => ({ email, password }), ['device_token']],
    ['/auth/refresh', () => ({ refresh_token: body.refresh_token }), []],
    ['/auth/reauthenticate', () => ({ password }), []],
    ['/auth/password', () => change, []],
  ] as const) {
    const token = body.access_token && !path.endsWith('/refresh') ? { token: body.access_token } : {}
    const answer = await call<Registered>(`${node.baseUrl}${path}`, { body: given(), ...token })
    body = answer.body
    t.match(body, { status: 'signed_in', mode: 'bearer' }, path)
    t.same(Object.keys(body), ['status', 'mode', ...pair, ...more, 'user'], path)
  }
})

t.test('in cookie mode, every answer says so first, and has no token', async (t) => {
  const page = openPage(node.baseUrl)
  const email = newEmail()
  for (const [path, given] of [
    ['/auth/register', { email, password }],
    ['/auth/login', { email, password }],
    ['/auth/refresh', undefined],
    ['/auth/reauthenticate', { password }],
    ['/auth/password', change],
  ] as const) {
    const { body } = await page.ask('POST', path, given)
    t.match(body, { status: 'signed_in', mode: 'cookie' }, path)
    const more = path === '/auth/register' ? ['verification_id'] : []
    t.same(Object.keys(body), ['status', 'mode', ...inCookies, ...more, 'user'], path)
  }
})

t.test('a body of null is the same as no body', async (t) => {
  const page = openPage(node.baseUrl)
  await page.register()
  t.match(await page.ask('POST', '/auth/refresh', null), { status: 200, body: { mode: 'cookie' } })
  t.match(await page.ask('POST', '/auth/refresh'), { status: 200, body: { mode: 'cookie' } })
  t.match(await page.ask('POST', '/auth/logout', null), { status: 204 })
  t.equal(page.jar.size, 1, 'only the device is left')
  for (const body of [undefined, null]) {
    const { status, code, errors } = await call<Record<string, string>>(`${node.baseUrl}/auth/refresh`, {
      method: 'POST',
      body,
    }).then((answer) => ({ status: answer.status, code: answer.body['code'], errors: answer.body['errors'] }))
    t.match({ status, code, errors }, { status: 400, code: 'invalid_request', errors: [{ path: '/refresh_token' }] })
  }
})
