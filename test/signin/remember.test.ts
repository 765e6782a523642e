/** `remember: false` at a sign-in: the browser forgets the cookies when it is closed, and the session ends sooner. */
import t from 'tap'
import { newEmail, openPage, spaOrigins } from '../http/browser/page.ts'
import { json, type Reply, send } from '../http/browser/wire.ts'
import { password } from '../setup/client.ts'
import { startNode } from '../setup/node.ts'

const day = 86_400
const days30 = 30 * day
const { baseUrl, databaseUrl } = await startNode(t, { env: { SPA_ORIGINS: spaOrigins } })

/** The Max-Age of each cookie that is set, by its name. */
const ages = ({ setCookies }: Reply) =>
  Object.fromEntries(
    setCookies.map((line) => [/__Host-Http-(\w+)/.exec(line)?.[1], Number(/; Max-Age=(\d+)/.exec(line)?.[1] ?? NaN)]),
  )
const forgotten = { access: NaN, refresh: NaN }
const kept = { access: 600, refresh: days30 }

t.test('in cookie mode, no cookie outlives the browser, at a sign-in and after it', async (t) => {
  const page = openPage(baseUrl)
  const email = newEmail()
  const register = await page.ask('POST', '/auth/register', { email, password, remember: false })
  t.match(register, { status: 201, body: { refresh_expires_in: day } })
  t.same(ages(register), { ...forgotten, device: NaN })
  const login = await page.ask('POST', '/auth/login', { email, password, remember: false })
  t.match(login, { status: 200, body: { refresh_expires_in: day } })
  t.same(ages(login), { ...forgotten, device: NaN })
  for (const [path, body] of [
    ['/auth/refresh', undefined],
    ['/auth/reauthenticate', { password }],
    ['/auth/password', { current_password: password, new_password: 'another long passphrase' }],
    ['/auth/refresh', undefined],
  ] as const) {
    const reply = await page.ask('POST', path, body)
    t.equal(reply.status, 200, path)
    // A new password and a reauthentication do not extend the session.
    t.ok(Number(reply.body['refresh_expires_in']) <= day, path)
    t.same(ages(reply), forgotten, path)
    t.notMatch(reply.body, { remembered: Boolean }, 'it is no member of the answer')
  }
})

t.test('a login is remembered unless it says otherwise', async (t) => {
  const page = openPage(baseUrl)
  const email = newEmail()
  t.match(ages(await page.register(email)), kept)
  for (const body of [{}, { remember: true }]) {
    t.match(ages(await page.ask('POST', '/auth/login', { email, password, ...body })), kept)
    const refreshed = await page.refresh()
    t.match(refreshed, { body: { refresh_expires_in: days30 } })
    t.same(ages(refreshed), kept)
  }
  for (const remember of ['false', 0, null])
    t.match(await page.ask('POST', '/auth/login', { email, password, remember }), {
      status: 400,
      body: { errors: [{ path: '/remember' }] },
    })
})

t.test('in bearer mode the session ends sooner, and SESSION_BROWSER_SECONDS says when', async (t) => {
  for (const [env, seconds] of [
    [{}, day],
    [{ SESSION_BROWSER_SECONDS: '3600' }, 3600],
    [{ SESSION_BROWSER_SECONDS: '7200', SESSION_IDLE_SECONDS: '3600' }, 3600],
  ] as const) {
    const node = await startNode(t, { databaseUrl, env })
    const ask = (path: string, body: object) =>
      send(node.baseUrl, { path, headers: [json], body: JSON.stringify(body) })
    const email = newEmail()
    const register = await ask('/auth/register', { email, password, remember: false })
    t.match(register, { status: 201, setCookies: [], body: { refresh_expires_in: seconds } })
    const login = await ask('/auth/login', { email, password, remember: false })
    t.match(login, { status: 200, body: { mode: 'bearer', refresh_expires_in: seconds } })
    const refreshed = await ask('/auth/refresh', { refresh_token: login.body['refresh_token'] })
    t.match(refreshed, { status: 200, body: { refresh_expires_in: seconds } })
    t.notMatch(refreshed.body, { remembered: Boolean })
  }
})
