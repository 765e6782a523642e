/** The mode of a request: what its X-Auth-Mode header says, or the credential that it has. */
import t from 'tap'
import { password, register } from '../../setup/client.ts'
import { startNode } from '../../setup/node.ts'
import { row } from '../../setup/sessions.ts'
import { asPage, cookieHeader, newEmail, openPage, spaOrigins } from './page.ts'
import { type Header, json, send } from './wire.ts'

const node = await startNode(t, { env: { SPA_ORIGINS: spaOrigins } })
const { baseUrl } = node

const reasonOf = async (sessionId: unknown) => (await row(node, String(sessionId))).revoke_reason

async function registered() {
  const page = openPage(baseUrl)
  const email = newEmail()
  const { body } = await page.register(email)
  return Object.assign(page, { email, sessionId: String(body['session_id']) })
}

const bearerTokens = ['Bearer nonsense', 'bearer x.y.z', 'BEARER undefined null', 'Bearer  x', 'Bearer\tx']
const withoutToken = [
  'Bearer',
  'Bearer  ',
  'Bearer undefined',
  'bearer NULL',
  'Basic YTpi',
  'DPoP x',
  'complete nonsense',
  '',
  ' ',
]
const withoutMode = (headers: readonly Header[]) => headers.filter(([name]) => name !== 'X-Auth-Mode')
type Ask = (method: string, path: string, body?: object) => ReturnType<typeof send>
const asker =
  (headers: readonly Header[]): Ask =>
  (method, path, body) =>
    send(baseUrl, { method, path, headers: [...headers, json], body: body && JSON.stringify(body) })

t.test('a Bearer token switches cookies off, even if it is invalid', async (t) => {
  const page = await registered()
  for (const value of bearerTokens) {
    const ask = asker([['Authorization', value], ...cookieHeader(page.jar), ...withoutMode(asPage())])
    t.match(await ask('GET', '/auth/whoami'), { status: 401, body: { code: 'invalid_token' } }, value)
    t.match(await ask('PATCH', '/auth/me', { name: 'x' }), { status: 401, body: { code: 'invalid_token' } }, value)
    t.match(await ask('POST', '/auth/refresh', {}), { status: 400, setCookies: [] }, value)
    t.match(await ask('POST', '/auth/logout', {}), { status: 401, setCookies: [] }, value)
  }
  t.equal(await reasonOf(page.sessionId), null)
  t.match(await page.refresh(), { status: 200 }, 'the refresh cookie was never used')
})

t.test('a request that asks for cookie mode and has a Bearer token is 400, and changes nothing', async (t) => {
  const page = await registered()
  const { access_token: token } = await register(baseUrl)
  const refused = { status: 400, setCookies: [], body: { code: 'two_credentials' } }
  for (const value of [...bearerTokens, `Bearer ${token}`]) {
    const ask = asker([['Authorization', value], ...cookieHeader(page.jar), ...asPage()])
    t.match(await ask('GET', '/auth/whoami'), refused, value)
    t.match(await ask('PATCH', '/auth/me', { name: 'x' }), refused, value)
    for (const path of ['/auth/refresh', '/auth/logout']) t.match(await ask('POST', path, {}), refused, value)
    t.match(await ask('POST', '/auth/login', { email: page.email, password }), refused, value)
  }
  t.match(await page.refresh(), { status: 200 })
})

t.test('an Authorization header without a Bearer token does not leave cookie mode', async (t) => {
  const page = await registered()
  for (const value of withoutToken) {
    for (const mode of [asPage(), withoutMode(asPage())]) {
      const ask = asker([['Authorization', value], ...cookieHeader(page.jar), ...mode])
      t.match(await ask('GET', '/auth/whoami'), { status: 200 }, value)
      const change = await ask('PATCH', '/auth/me', { name: 'x' })
      t.match(change, mode.length === 3 ? { status: 200 } : { status: 403, body: { code: 'csrf_rejected' } }, value)
    }
    const login = await page.ask('POST', '/auth/login', { email: page.email, password }, [['Authorization', value]])
    t.match(
      login,
      { status: 200, setCookies: [/^__Host-Http-access=/, /^__Host-Http-refresh=/, /^__Host-Http-device=/] },
      value,
    )
    t.notMatch(JSON.stringify(login.body), /eyJ|cs1\./, 'no token is in the body')
  }
})

t.test('X-Auth-Mode: bearer ignores cookies', async (t) => {
  const page = await registered()
  const headers: Header[] = [...cookieHeader(page.jar), ...withoutMode(asPage()), ['X-Auth-Mode', 'bearer']]
  const ask = asker(headers)
  t.match(await ask('GET', '/auth/whoami'), { status: 401, body: { code: 'authentication_required' } })
  t.match(await ask('POST', '/auth/refresh', {}), { status: 400, setCookies: [] })
  t.match(await ask('POST', '/auth/logout', {}), { status: 401, setCookies: [] })
  const login = await ask('POST', '/auth/login', { email: page.email, password })
  t.match(login, { status: 200, setCookies: [], body: { access_token: /^eyJ/, refresh_token: /^cs1\./ } })
  const authorization: Header = ['Authorization', `Bearer ${String(login.body['access_token'])}`]
  t.match(await asker([authorization, ...headers])('GET', '/auth/whoami'), { status: 200 })
  t.equal(await reasonOf(page.sessionId), null, 'the session of the cookies goes on')
  t.match(await page.refresh(), { status: 200 })
})
