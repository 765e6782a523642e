/** The session of a request on a server that renders pages: verified here, asked for, and refreshed. */
import t from 'tap'
import { call, register } from '../../setup/client.ts'
import { generationOf } from './app.ts'
import { headerOf, keep, startSite } from './server-app.ts'

const site = await startSite(t)
const { node, email, verifier } = site
const access = '__Host-Http-access'
const refresh = '__Host-Http-refresh'
const userOf = { user: { email } }

t.test('a valid access cookie is verified here, without a request', async (t) => {
  const { jar, sessionId } = await site.signIn()
  const { readSession, network } = site.serve({ verifier })
  const found = await readSession(headerOf(jar))
  t.match(found, { session: { sessionId, roles: [], user: null }, setCookies: [], cookie: headerOf(jar) })
  t.same(network.sent, [])
  t.match(await call(`${node.baseUrl}/auth/whoami`, { token: found.accessToken ?? '' }), {
    status: 200,
    body: { sub: found.session?.userId, sid: sessionId },
  })
})

t.test('without a verifier the server is asked, and tells the user', async (t) => {
  const { jar, sessionId } = await site.signIn()
  const { readSession, network } = site.serve()
  t.match(await readSession(headerOf(jar)), { session: { sessionId, ...userOf }, setCookies: [] })
  t.same(network.sent, ['GET /auth/session'])
})

t.test('the request, its headers and its Cookie header are read alike', async (t) => {
  const { jar, sessionId } = await site.signIn()
  const { readSession } = site.serve({ verifier })
  const headers = new Headers({ cookie: headerOf(jar) })
  const wrapped = { headers: Object.fromEntries(headers), get: (name: string) => headers.get(name) }
  for (const source of [new Request('https://app.example.test/', { headers }), headers, wrapped, headerOf(jar)])
    t.match(await readSession(source), { session: { sessionId } })
})

t.test('a request without cookies of a session sends nothing', async (t) => {
  const { readSession, network } = site.serve({ verifier })
  for (const source of [null, undefined, '', new Headers()])
    t.match(await readSession(source), { session: null, accessToken: null, setCookies: [], cookie: '' })
  for (const cookie of ['theme=dark; access=x; refresh=x', `${access}-not=x`, 'access-80=x; __Secure-access=x'])
    t.match(await readSession(cookie), { session: null, accessToken: null, setCookies: [], cookie })
  t.same(network.sent, [])
})

t.test('an expired access cookie is refreshed when the server says so', async (t) => {
  const { jar, sessionId } = await site.signIn()
  const { readSession, network } = site.serve({ verifier })
  const old = new Map(jar)
  jar.set('theme', 'dark')
  site.expire()
  const found = await readSession(headerOf(jar))
  t.match(found, { session: { sessionId, ...userOf } })
  t.same(network.sent, ['GET /auth/session', 'POST /auth/refresh'])
  keep(jar, found.setCookies)
  t.not(jar.get(access), old.get(access))
  t.not(jar.get(refresh), old.get(refresh))
  t.equal(found.accessToken, jar.get(access))
  const parts = (header: string) => header.split('; ').toSorted()
  t.same(parts(found.cookie), parts(headerOf(jar)), 'the rest of the request continues')
  t.match(await readSession(found.cookie), { session: { sessionId }, setCookies: [] })
  t.equal(await generationOf(node, sessionId), 1)
})

t.test('a browser that dropped the expired cookie is refreshed without a question', async (t) => {
  const { jar, sessionId } = await site.signIn()
  const { readSession, network } = site.serve()
  jar.delete(access)
  t.match(await readSession(headerOf(jar)), { session: { sessionId, ...userOf } })
  t.same(network.sent, ['POST /auth/refresh'])
})

t.test('an expired access cookie without a refresh cookie is nobody, and nothing is refreshed', async (t) => {
  const { jar } = await site.signIn()
  const { readSession, network } = site.serve({ verifier })
  site.expire()
  t.match(await readSession(`${access}=${jar.get(access)}`), { session: null, setCookies: [] })
  t.same(network.sent, ['GET /auth/session'])
})

t.test('the lines for the browser are those of the server, and no cache keeps the page', async (t) => {
  const { jar } = await site.signIn()
  let sent: string[] = []
  const { readSession } = site.serve({
    fetch: async (...request) => {
      const response = await fetch(...request)
      sent = response.headers.getSetCookie()
      return response
    },
  })
  jar.delete(access)
  const { setCookies, applyTo } = await readSession(headerOf(jar))
  t.ok(sent.length >= 2)
  t.same(setCookies, sent)
  const headers = new Headers({ 'cache-control': 'public, max-age=60', 'set-cookie': 'theme=dark' })
  applyTo(headers)
  t.same(headers.getSetCookie(), ['theme=dark', ...sent])
  t.equal(headers.get('cache-control'), 'private, no-store')
  const nobody = new Headers()
  ;(await readSession(null)).applyTo(nobody)
  t.same([...nobody], [['cache-control', 'private, no-store']])
})

t.test('if the verifier refuses a token that works, the server is asked, and nothing is refreshed', async (t) => {
  const { jar, sessionId } = await site.signIn()
  const refusal = (code: string) => async () => {
    throw Object.assign(new Error(code), { code })
  }
  for (const code of ['not_ready', 'token_expired', 'invalid_token', 'token_revoked', 'ERR_JWKS_TIMEOUT']) {
    const { readSession, network } = site.serve({ verifier: { verify: refusal(code) } })
    t.match(await readSession(headerOf(jar)), { session: { sessionId, ...userOf } }, code)
    t.same(network.sent, ['GET /auth/session'], code)
  }
  const broken = async () => {
    throw new TypeError('verify is broken')
  }
  await t.rejects(site.serve({ verifier: { verify: broken } }).readSession(headerOf(jar)), {
    message: 'verify is broken',
  })
})

t.test('a forged access cookie is nobody, and one beside a refresh cookie is replaced', async (t) => {
  const { jar, sessionId } = await site.signIn()
  const { readSession } = site.serve({ verifier })
  jar.set(access, `${jar.get(access)?.slice(0, -4)}AAAA`)
  t.match(await readSession(`${access}=${jar.get(access)}`), { session: null, setCookies: [] })
  t.match(await readSession(headerOf(jar)), { session: { sessionId } })
  t.equal(await generationOf(node, sessionId), 1)
})

t.test('of two cookies with one name, none is believed', async (t) => {
  const [{ jar }, other] = [await site.signIn(), await register(node.baseUrl)]
  const { readSession } = site.serve({ verifier })
  const planted = `${access}=${other.access_token}; ${headerOf(jar)}`
  t.not((await readSession(planted)).session?.userId, other.user.id)
  t.match(await readSession(`${access}=${other.access_token}; ${access}=${jar.get(access)}`), { session: null })
  t.match(await readSession(`${refresh}=x; ${refresh}=${jar.get(refresh)}`), { session: null, setCookies: [] })
})
