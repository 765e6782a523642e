/** GET /auth/session: the first request of a page. */
import pg from 'pg'
import t from 'tap'
import { asPage, cookieHeader, newEmail, openPage, spaOrigins } from '../http/browser/page.ts'
import { type Header, send } from '../http/browser/wire.ts'
import { register } from '../setup/client.ts'
import { startNode } from '../setup/node.ts'

const node = await startNode(t, { env: { SPA_ORIGINS: spaOrigins } })
const ask = (...headers: Header[]) => send(node.baseUrl, { method: 'GET', path: '/auth/session', headers })
const signedOut = { status: 200, setCookies: [] as string[] }

t.test('without a credential, nobody is signed in, and that is no error', async (t) => {
  for (const headers of [[], asPage(), [['X-Auth-Mode', 'bearer']], [['Authorization', 'Basic YTpi']]] as Header[][]) {
    const reply = await ask(...headers)
    t.match(reply, { ...signedOut, headers: { 'cache-control': 'no-store' } })
    t.strictSame(reply.body, { status: 'signed_out' })
    t.equal(reply.headers['www-authenticate'], undefined)
  }
})

t.test('a signed-in user is there with the principal, in both modes', async (t) => {
  const page = openPage(node.baseUrl)
  const email = newEmail()
  await page.register(email)
  const inCookies = await page.ask('GET', '/auth/session')
  const whoami = await page.whoami()
  t.same(Object.keys(inCookies.body), ['status', 'mode', 'principal', 'user'])
  t.match(inCookies, { ...signedOut, body: { status: 'signed_in', mode: 'cookie', user: { email } } })
  t.same(inCookies.body['principal'], whoami.body)
  const bearer = await register(node.baseUrl)
  const inHeader = await ask(['Authorization', `Bearer ${bearer.access_token}`])
  t.match(inHeader.body, { status: 'signed_in', mode: 'bearer', user: { id: bearer.user.id } })
})

t.test('without an access token that works, a refresh cookie says that a refresh may help', async (t) => {
  const page = openPage(node.baseUrl)
  await page.register()
  const access = page.jar.get('__Host-Http-access') ?? ''
  for (const token of [undefined, 'nonsense', `${access}x`]) {
    if (token === undefined) page.jar.delete('__Host-Http-access')
    else page.jar.set('__Host-Http-access', token)
    const reply = await page.ask('GET', '/auth/session')
    t.match(reply, signedOut)
    t.strictSame(reply.body, { status: 'refresh_required' }, String(token))
  }
  page.jar.set('__Host-Http-refresh', 'nonsense')
  t.strictSame((await page.ask('GET', '/auth/session')).body, { status: 'signed_out' }, 'one of ours, not any')
  const bearer = await register(node.baseUrl)
  page.jar.set('__Host-Http-refresh', bearer.refresh_token)
  t.strictSame((await page.ask('GET', '/auth/session')).body, { status: 'signed_out' }, 'one of this mode')
})

t.test('it refreshes nothing, and sees the end of a session at once', async (t) => {
  const page = openPage(node.baseUrl)
  const { body } = await page.register()
  const held = cookieHeader(page.jar)
  for (let i = 0; i < 3; i++) t.match((await page.ask('GET', '/auth/session')).body, { status: 'signed_in' })
  const { rows } = await node.database.pool.query('SELECT generation FROM sessions WHERE id = $1', [body['session_id']])
  t.same(rows, [{ generation: 0 }])
  await page.logout()
  t.strictSame((await ask(...asPage(), ...held)).body, { status: 'refresh_required' }, 'a refresh will say no')
  t.strictSame((await page.ask('GET', '/auth/session')).body, { status: 'signed_out' })
  const bearer = await register(node.baseUrl)
  await node.database.pool.query('UPDATE users SET disabled_at = now() WHERE id = $1', [bearer.user.id])
  const reply = await ask(['Authorization', `Bearer ${bearer.access_token}`])
  t.strictSame(reply.body, { status: 'signed_out' }, 'nor is a disabled user signed in')
})

t.test('two credentials are an error, and a doubled cookie is no credential', async (t) => {
  const page = openPage(node.baseUrl)
  await page.register()
  const { access_token: token } = await register(node.baseUrl)
  const both = await ask(...asPage(), ...cookieHeader(page.jar), ['Authorization', `Bearer ${token}`])
  t.match(both, { status: 400, body: { code: 'two_credentials' } })
  const access = `__Host-Http-access=${page.jar.get('__Host-Http-access')}`
  const refresh = `__Host-Http-refresh=${page.jar.get('__Host-Http-refresh')}`
  t.strictSame((await ask(['Cookie', `${access}; ${access}; ${refresh}`])).body, { status: 'refresh_required' })
  t.strictSame((await ask(['Cookie', `${access}; ${access}; ${refresh}; ${refresh}`])).body, { status: 'signed_out' })
})

t.test('it may be refused for the same reasons as any request', async (t) => {
  const page = openPage(node.baseUrl)
  await page.register()
  const cross = await ask(
    ['Origin', 'https://evil.test'],
    ['Upgrade', 'websocket'],
    ['Connection', 'Upgrade'],
    ...cookieHeader(page.jar),
  )
  t.match(cross, { status: 403, body: { code: 'csrf_rejected' } })
})

t.test('a database that does not answer is 503, and does not mean signed out', async (t) => {
  const own = await startNode(t, { usualPatience: true, env: { SPA_ORIGINS: spaOrigins } })
  const { access_token: token } = await register(own.baseUrl)
  const lock = new pg.Client({ connectionString: own.databaseUrl })
  await lock.connect()
  t.teardown(() => lock.end())
  await lock.query('BEGIN; LOCK TABLE sessions IN ACCESS EXCLUSIVE MODE')
  const headers: Header[] = [['Authorization', `Bearer ${token}`]]
  const reply = await send(own.baseUrl, { method: 'GET', path: '/auth/session', headers })
  t.match(reply, { status: 503, body: { code: 'database_unavailable' } })
  await lock.query('ROLLBACK')
})
