/** The Fastify plugin in an app, over real sockets. */
import Fastify, { type FastifyError, type FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import { countersign, type PluginOptions, principalOf } from '../../../packages/verify/src/fastify-plugin.ts'
import { asPage, openPage, spaOrigins as serverOrigins, app as spa } from '../../http/browser/page.ts'
import { type Header, json, send } from '../../http/browser/wire.ts'
import { call, register } from '../../setup/client.ts'
import { always, blackHole } from './proxy.ts'
import { credential, holds, startIssuer } from './service.ts'

const { node, proxy } = await startIssuer(t, { env: { SPA_ORIGINS: serverOrigins } })
const { publicUrl: issuer } = node.config
const session = await register(node.baseUrl)
const { access_token: token } = session
const bearer: Header = ['Authorization', `Bearer ${token}`]

/** An app with routes behind the plugin and one outside. `writes` counts the requests that reached the handler. */
async function startApp(
  t: Test,
  options: Partial<PluginOptions> = {},
  prepare: (app: FastifyInstance) => void = () => {},
) {
  const app = Fastify()
  prepare(app)
  await app.register(countersign, { issuer, url: proxy.url, ...options })
  let writes = 0
  await app.register(async (scope) => {
    scope.addHook('onRequest', scope.authenticate())
    scope.get('/me', async (request) => principalOf(request))
    scope.post('/notes', async () => ({ writes: ++writes }))
  })
  app.get('/signature', { onRequest: app.authenticate({ check: 'signature' }) }, async (request) => request.principal)
  app.get('/outside', async (request) => ({ principal: request.principal }))
  app.get('/mistake', async (request) => principalOf(request))
  const baseUrl = await app.listen({ port: 0, host: '127.0.0.1' })
  t.teardown(() => app.close())
  const get = (path: string, ...headers: Header[]) => send(baseUrl, { method: 'GET', path, headers })
  const post = (...headers: Header[]) => send(baseUrl, { path: '/notes', headers: [...headers, json], body: '{}' })
  return { app, baseUrl, get, post, writes: () => writes }
}

const realm = 'Bearer realm="countersign"'
const told = `${realm}, error="invalid_token", error_description="The access token was not made by this server, or not for this service, or it arrived damaged."`

t.test('a request with a token has a principal, and a route without authenticate has none', async (t) => {
  const { get } = await startApp(t)
  const { status, body } = await get('/me', bearer)
  t.equal(status, 200)
  t.match(body, { userId: session.user.id, sessionId: session.session_id, keyId: node.keyRing.signing.kid })
  t.same((await get('/outside', bearer)).body, { principal: null })
  t.match(await get('/mistake', bearer), { status: 500 }, 'a route that was left outside fails')
})

t.test('no token or an invalid one: 401 with the challenges of RFC 6750', async (t) => {
  const { get, post, writes } = await startApp(t)
  const refused = { status: 401, headers: { 'www-authenticate': told }, body: { code: 'invalid_token' } }
  const asked = { status: 401, headers: { 'www-authenticate': realm }, body: { code: 'authentication_required' } }
  t.match(await get('/me'), asked)
  t.equal((await get('/me')).headers['www-authenticate'], realm, 'and no error')
  t.match(await post(), asked)
  for (const value of ['', 'Bearer', 'Bearer a.b.c', `Basic ${token}`, `Bearer ${token}x`, `Bearer ${token} x`, token])
    t.match(await get('/me', ['Authorization', value]), refused, value.slice(0, 12))
  t.match(await post(['Authorization', 'Bearer a.b.c']), refused)
  t.equal(writes(), 0)
})

t.test('two Authorization headers are refused', async (t) => {
  for (const options of [{}, { spaOrigins: [spa] }]) {
    const { get } = await startApp(t, options)
    const bad: Header = ['Authorization', 'Bearer a.b.c']
    for (const headers of [
      [bearer, bearer],
      [bearer, bad],
      [bad, bearer],
      [bearer, ['authorization', ''] as const],
    ])
      t.match(await get('/me', ...headers), { status: 401, body: { code: 'invalid_token' } })
  }
})

t.test('before its keys are loaded a service answers 503 with Retry-After', async (t) => {
  proxy.meddle('feed', always(500))
  const { app, get } = await startApp(t, { revocations: credential })
  t.match(await get('/me', bearer), { status: 503, headers: { 'retry-after': '1' }, body: { code: 'not_ready' } })
  t.match(await get('/signature', bearer), { status: 200 })
  t.match(await get('/me'), { status: 401 }, 'who brings nothing is asked for it')
  proxy.meddle('feed')
  t.ok(await holds(async () => (await get('/me', bearer)).status === 200))
  await app.close()
})

t.test('a logged-out token is refused, except on a route that checks the signature alone', async (t) => {
  const { get } = await startApp(t, { revocations: credential })
  const leaves = await register(node.baseUrl)
  const leaver: Header = ['Authorization', `Bearer ${leaves.access_token}`]
  t.ok(await holds(async () => (await get('/me', leaver)).status === 200))
  await call(`${node.baseUrl}/auth/logout`, { body: { refresh_token: leaves.refresh_token } })
  t.ok(await holds(async () => (await get('/me', leaver)).status === 401))
  t.match(await get('/me', leaver), {
    headers: { 'www-authenticate': /error="invalid_token"/ },
    body: { code: 'token_revoked' },
  })
  t.match(await get('/signature', leaver), { status: 200 })
})

const accessCookie = '__Host-Http-access'
const cookie = (value: string, name = accessCookie): Header => ['Cookie', `${name}=${value}`]

t.test('with cookieDomain, the access cookie of the whole domain lets its page in', async (t) => {
  const shared = await startApp(t, { spaOrigins: [spa], cookieDomain: 'example.test' })
  t.match(await shared.get('/me', cookie(token, '__Secure-access')), { status: 200 })
  t.match(await shared.get('/me', cookie(token)), { status: 401, body: { code: 'authentication_required' } })
})

t.test('without origins, cookies are ignored', async (t) => {
  const { get, post } = await startApp(t)
  for (const name of [accessCookie, 'access', 'token'])
    t.match(await get('/me', cookie(token, name)), { status: 401, body: { code: 'authentication_required' } })
  t.match(await post(...asPage(), cookie(token)), { status: 401, body: { code: 'authentication_required' } })
  t.match(await get('/me', cookie('nonsense'), bearer), { status: 200 }, 'nor do they harm')
})

t.test(
  'behind the server’s host, the cookie that the server set lets its page in, through the same gate',
  async (t) => {
    const { get, post, writes } = await startApp(t, { spaOrigins: [spa] })
    const page = openPage(node.baseUrl)
    await page.register()
    const own = cookie(page.jar.get(accessCookie) ?? '')
    t.match(await get('/me', own), { status: 200 }, 'to read, from anywhere: the browser keeps the answer to itself')
    t.match(await post(...asPage(), own), { status: 200, body: { writes: 1 } })
    const mode: Header = ['X-Auth-Mode', 'cookie']
    const forgeries: Record<string, Header[]> = {
      'a browser without an origin': [mode, ['Sec-Fetch-Site', 'same-site']],
      'another origin': asPage('https://evil.example'),
      'an origin that begins like ours': asPage(`${spa}.evil.example`),
      'origin null': asPage('null'),
      'another site': asPage(spa, 'cross-site'),
      'no page at all': asPage(spa, 'none'),
      'no mode': [['Origin', spa]],
    }
    for (const [name, headers] of Object.entries(forgeries)) {
      t.match(await post(...headers, own), { status: 403, body: { code: 'csrf_rejected' } }, name)
      t.match(await page.ask('POST', '/auth/refresh', undefined), { status: 200 }, 'the server goes on')
    }
    t.equal(writes(), 1, 'nothing was written')
    t.match(await post(mode, own), { status: 200 }, 'a server that forwards the cookie is no browser')
    t.match(await post(own, bearer), { status: 200 }, 'a token switches cookies off, and the gate with them')
    t.match(await post(['X-Auth-Mode', 'bearer'], own, bearer), { status: 200 })
    t.match(await post(['X-Auth-Mode', 'bearer'], own), { status: 401, body: { code: 'authentication_required' } })
    t.match(await post(...asPage(), own, bearer), { status: 400, body: { code: 'two_credentials' } })
    const doubled: Header = ['Cookie', `${own[1]}; ${own[1]}`]
    t.match(await get('/me', doubled), { status: 401, body: { code: 'invalid_token' } }, 'one of two was planted')
    t.match(await get('/me', cookie(token, 'access')), { status: 401 }, 'a name that other hosts may set')
  },
)

t.test('invalid origins are refused before the app listens', async (t) => {
  for (const origin of [
    'https://app.example.test/',
    '*',
    'app.example.test',
    'https://*.test',
    'null',
    'capacitor://localhost',
    ` ${spa}`,
    `${spa} cross-site`,
    `${spa} bearer`,
  ]) {
    const app = Fastify()
    app.register(countersign, { issuer, url: proxy.url, spaOrigins: [origin] })
    await t.rejects(async () => app.ready(), TypeError, origin)
    await app.close()
  }
  const app = Fastify()
  app.register(countersign, { issuer: `${issuer}/?path` })
  await t.rejects(async () => app.ready(), TypeError)
})

t.test('errors go to the error handler of the app, with their status and headers', async (t) => {
  const heard: FastifyError[] = []
  const { get } = await startApp(t, {}, (app) =>
    app.setErrorHandler<FastifyError>((error, _request, reply) => {
      heard.push(error)
      return reply.code(error.statusCode ?? 500).send({ own: error.code })
    }),
  )
  t.match(await get('/me', ['Authorization', 'Bearer a.b.c']), {
    status: 401,
    headers: { 'www-authenticate': told },
    body: { own: 'invalid_token' },
  })
  t.ok(heard[0] instanceof Error)
  t.notMatch(JSON.stringify((await get('/me', ['Authorization', 'Bearer a.b.c'])).body), /header|segment/, 'no reason')
})

t.test('an app that closes does not wait for requests of the plugin', async (t) => {
  const { app } = await startApp(t, { revocations: credential })
  proxy.meddle('feed', blackHole)
  proxy.meddle('metadata', blackHole)
  const { app: other } = await startApp(t, { revocations: credential })
  const from = performance.now()
  await Promise.all([app.close(), other.close()])
  // A request for keys would take five seconds, and one for revocations eight.
  t.ok(performance.now() - from < 4000, `${Math.round(performance.now() - from)} ms`)
  proxy.meddle('feed')
  proxy.meddle('metadata')
})

t.test('background errors are in the log of the app, without the credential', async (t) => {
  const lines: string[] = []
  const app = Fastify({ logger: { level: 'warn', stream: { write: (line: string) => lines.push(line) } } })
  const secret = 'a-wrong-secret-that-is-long-enough-to-see'
  await app.register(countersign, { issuer, url: proxy.url, revocations: { id: credential.id, secret } })
  t.ok(await holds(() => lines.length > 0))
  await app.close()
  t.match(lines[0], /the feed of revocations answers 401/)
  const basic = Buffer.from(`${credential.id}:${secret}`).toString('base64')
  t.notOk(lines.join('').includes(secret) || lines.join('').includes(basic))
})
