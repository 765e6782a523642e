/** Many renders at once, and a server that refuses, is away or does not answer. No render signs a user out. */
import t from 'tap'
import { ApiError, NetworkError } from '../../../packages/client/src/server/index.ts'
import { register } from '../../setup/client.ts'
import { generationOf } from './app.ts'
import { headerOf, keep, signIn, startSite } from './server-app.ts'

const site = await startSite(t)
const { node, verifier } = site
const refresh = '__Host-Http-refresh'
const endAll = (jar: Map<string, string>) =>
  fetch(`${node.baseUrl}/auth/sessions?scope=all`, {
    method: 'DELETE',
    headers: { authorization: `Bearer ${jar.get('__Host-Http-access')}` },
  })

t.test('twenty renders at once with an expired cookie: all have the user, by one refresh', async (t) => {
  const { jar, sessionId } = await site.signIn()
  const { readSession, network } = site.serve({ verifier })
  site.expire()
  const all = await Promise.all(Array.from({ length: 20 }, () => readSession(headerOf(jar))))
  for (const { session } of all) t.match(session, { sessionId, user: { email: site.email } })
  t.same(network.sent, ['GET /auth/session', 'POST /auth/refresh'])
  t.equal(await generationOf(node, sessionId), 1)
  for (const { setCookies } of all) t.same(setCookies, all[0]?.setCookies)
})

t.test(
  'twenty processes at once: all have the user, by one rotation, and the browser goes on with any of them',
  async (t) => {
    const { jar, sessionId } = await site.signIn()
    site.expire()
    const all = await Promise.all(Array.from({ length: 20 }, () => site.serve({ verifier }).readSession(headerOf(jar))))
    for (const { session } of all) t.match(session, { sessionId })
    t.equal(await generationOf(node, sessionId), 1)
    for (const { setCookies } of all.toReversed()) keep(jar, setCookies)
    site.expire()
    t.match(await site.serve({ verifier }).readSession(headerOf(jar)), { session: { sessionId } })
  },
)

t.test('nothing is kept: the next render with the old cookie asks the server again', async (t) => {
  const { jar, sessionId } = await site.signIn()
  const { readSession, network } = site.serve({ verifier })
  site.expire()
  await readSession(headerOf(jar))
  t.match(await readSession(headerOf(jar)), { session: { sessionId } })
  t.equal(network.count('/auth/refresh'), 2)
  t.equal(await generationOf(node, sessionId), 1)
})

t.test('renders of different users at once get each their own', async (t) => {
  const users = await Promise.all([1, 2, 3].map(() => register(node.baseUrl)))
  const browsers = await Promise.all(users.map(({ user }) => signIn(node, user.email)))
  const { readSession } = site.serve({ verifier })
  site.expire()
  const found = await Promise.all(
    browsers.flatMap(({ jar }) => [readSession(headerOf(jar)), readSession(headerOf(jar))]),
  )
  t.same(
    found.map(({ session }) => session?.user?.email),
    users.flatMap(({ user }) => [user.email, user.email]),
  )
})

t.test('a session that has ended is nobody, and no cookie is deleted', async (t) => {
  const { user } = await register(node.baseUrl)
  const { jar } = await signIn(node, user.email)
  t.equal((await endAll(jar)).status, 204)
  const { readSession } = site.serve()
  const [asked, refreshed] = [await readSession(headerOf(jar)), await readSession(`${refresh}=${jar.get(refresh)}`)]
  for (const found of [asked, refreshed]) t.match(found, { session: null, accessToken: null, setCookies: [] })
  t.equal(asked.cookie, headerOf(jar))
})

t.test('a refusal that comes after a new sign-in takes nothing from it', async (t) => {
  const { user } = await register(node.baseUrl)
  const old = await signIn(node, user.email)
  await endAll(old.jar)
  const { jar, sessionId } = await signIn(node, user.email)
  const { readSession } = site.serve({ verifier })
  keep(jar, (await readSession(`${refresh}=${old.jar.get(refresh)}`)).setCookies)
  t.match(await readSession(headerOf(jar)), { session: { sessionId } })
})

t.test('while the server is away, nobody can tell: an error, and the session goes on', async (t) => {
  const { jar, sessionId } = await site.signIn()
  const { readSession, network } = site.serve({ verifier })
  site.expire()
  network.fail('/auth/refresh', 'lost request', 'lost request', 'lost request')
  await t.rejects(readSession(headerOf(jar)), NetworkError)
  t.match(await readSession(headerOf(jar)), { session: { sessionId } }, 'and the error is not kept')
})

t.test('a lost answer is asked for again, and the second one is the same', async (t) => {
  const { jar, sessionId } = await site.signIn()
  const { readSession, network } = site.serve({ verifier })
  site.expire()
  network.fail('/auth/refresh', 'lost answer', 'lost answer')
  const { session, setCookies } = await readSession(headerOf(jar))
  t.match(session, { sessionId })
  t.equal(await generationOf(node, sessionId), 1)
  keep(jar, setCookies)
  site.expire()
  t.match(await readSession(headerOf(jar)), { session: { sessionId } })
})

t.test('an answer that never comes ends in time, also for the renders that share it', async (t) => {
  const { jar } = await site.signIn()
  const signals: AbortSignal[] = []
  const { readSession } = site.serve({
    verifier,
    timeoutMs: 200,
    fetch: (_, init) => {
      if (init?.signal) signals.push(init.signal)
      return new Promise(() => {})
    },
  })
  site.expire()
  const all = await Promise.allSettled([readSession(headerOf(jar)), readSession(headerOf(jar))])
  for (const one of all) t.match(one, { status: 'rejected', reason: { name: 'NetworkError', code: 'network_error' } })
  t.equal(signals.length, 1)
  t.ok(signals[0]?.aborted, 'the request is given up')
})

t.test('an answer that is not of the server says nothing about the session', async (t) => {
  const { jar } = await site.signIn()
  site.expire()
  for (const [status, body] of [
    [401, '<h1>Sign in to this network</h1>'],
    [401, JSON.stringify({ code: 'invalid_token', status: 401, detail: 'x', retryable: false })],
    [403, JSON.stringify({ code: 'csrf_rejected', status: 403, detail: 'x', retryable: false })],
    [200, '<h1>Welcome</h1>'],
    [502, ''],
  ] as const) {
    const { readSession } = site.serve({ verifier, fetch: async () => new Response(body, { status }) })
    await t.rejects(readSession(headerOf(jar)), ApiError, `${status} ${body}`)
  }
})

t.test('the server learns the browser and, if it is told, its address; the other cookies stay here', async (t) => {
  const { jar } = await site.signIn()
  const requests: Request[] = []
  const { readSession } = site.serve({
    fetch: async (input, init) => {
      requests.push(new Request(input, init))
      return fetch(input, init)
    },
  })
  const headers = new Headers({
    cookie: `theme=dark; ${headerOf(jar)}`,
    'user-agent': 'Firefox',
    origin: 'https://evil.test',
  })
  await readSession(headers)
  await readSession(headers, { address: '203.0.113.7' })
  t.same(
    requests.map(({ headers: sent }) =>
      ['user-agent', 'x-forwarded-for', 'origin', 'cookie'].map((name) => sent.get(name)),
    ),
    [null, '203.0.113.7'].map((address) => [
      'Firefox',
      address,
      null,
      ['access', 'refresh'].map((kind) => `__Host-Http-${kind}=${jar.get(`__Host-Http-${kind}`)}`).join('; '),
    ]),
  )
})

t.test('on plain http the names of the cookies have the port, and those of another server are not ours', async (t) => {
  const local = await startSite(t, { PUBLIC_URL: 'http://localhost:4567' })
  const { jar, sessionId } = await local.signIn()
  t.same([...jar.keys()].toSorted(), ['access-4567', 'device-4567', 'refresh-4567'])
  const { readSession } = local.serve({ verifier: local.verifier })
  const cookie = `access-3000=x; refresh-3000=x; ${headerOf(jar)}`
  t.match(await readSession(cookie), { session: { sessionId }, setCookies: [] })
  local.expire()
  const found = await readSession(cookie)
  t.match(found, { session: { sessionId } })
  t.match(found.cookie, 'access-3000=x; refresh-3000=x; ')
  t.match(await readSession('access-3000=x; refresh-3000=x'), { session: null })
})

t.test('the lines that heal a doubled cookie reach the browser', async (t) => {
  const local = await startSite(t, { PUBLIC_URL: 'http://localhost:4567' })
  const cookie = 'refresh-4567=planted; refresh-4567=x'
  const found = await local.serve().readSession(cookie)
  t.match(found, { session: null, cookie })
  t.ok(found.setCookies.length > 0)
  for (const line of found.setCookies) t.match(line, /^refresh-4567=; Max-Age=0/)
})

t.test('with COOKIE_DOMAIN the access cookie has its other name', async (t) => {
  const wide = await startSite(t, { COOKIE_DOMAIN: 'example.test' })
  const { jar, sessionId } = await wide.signIn()
  const { readSession, network } = wide.serve({ verifier: wide.verifier, cookieDomain: 'example.test' })
  t.match(await readSession(headerOf(jar)), { session: { sessionId } })
  t.same(network.sent, [])
  wide.expire()
  const { session, accessToken, setCookies } = await readSession(headerOf(jar))
  t.match(session, { sessionId })
  keep(jar, setCookies)
  t.equal(accessToken, jar.get('__Secure-access'))
})
