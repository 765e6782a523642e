/** The middleware for Express and Connect, and the handler of requests of the Fetch API, with tokens of a real node. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener } from 'node:http'
import t, { type Test } from 'tap'
import type { VerifyOptions } from '../../../packages/verify/src/contract.ts'
import { countersign as express, type MiddlewareOptions, principalOf } from '../../../packages/verify/src/express.ts'
import { countersign as fetchHandler } from '../../../packages/verify/src/fetch.ts'
import { asPage, openPage, spaOrigins as serverOrigins, app as spa } from '../../http/browser/page.ts'
import { type Header, json, type Reply, send } from '../../http/browser/wire.ts'
import { call, register } from '../../setup/client.ts'
import { blackHole } from './proxy.ts'
import { credential, holds, startIssuer } from './service.ts'

const { node, proxy } = await startIssuer(t, { env: { SPA_ORIGINS: serverOrigins } })
const { publicUrl: issuer } = node.config
const session = await register(node.baseUrl)
const page = openPage(node.baseUrl)
await page.register()
const options = { issuer, url: proxy.url, spaOrigins: [spa], revocations: credential }
const onError = () => {}

async function listen(t: Test, handle: (...pair: Parameters<RequestListener>) => unknown): Promise<string> {
  const server = createServer((request, response) => void handle(request, response)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return `http://127.0.0.1:${address.port}`
}

/** A service with Connect's way of calling middleware. */
async function connectService(t: Test, more: Partial<MiddlewareOptions> = {}) {
  const auth = express({ ...options, onError, ...more })
  t.teardown(auth.close)
  const routes = {
    '/me': auth.authenticate(),
    '/recent': auth.authenticate({ maxAgeSeconds: 0 }),
    '/two': auth.authenticate({ factors: 2 }),
    '/mistake': (_request: unknown, _response: unknown, next: () => void) => next(),
  }
  const passed: unknown[] = []
  const baseUrl = await listen(t, (request, response) => {
    routes[request.url as keyof typeof routes](request, response, (error?: unknown) => {
      if (error !== undefined) {
        passed.push(error)
        return response.writeHead(418).end('{}')
      }
      try {
        return response.end(JSON.stringify({ user: principalOf(request).userId }))
      } catch {
        return response.writeHead(500).end('{}')
      }
    })
  })
  return { auth, baseUrl, passed }
}

/** A service on the Fetch API, as a server of Node calls it. */
async function fetchService(t: Test) {
  const auth = fetchHandler({ ...options, onError })
  t.teardown(auth.close)
  async function handle(request: Request): Promise<Response> {
    const routes: Record<string, VerifyOptions> = { '/recent': { maxAgeSeconds: 0 }, '/two': { factors: 2 } }
    const set: [string, { userId: string }][] = []
    const context = {
      req: { raw: request },
      set: (key: string, value: { userId: string }) => void set.push([key, value]),
    }
    let answer = new Response('nobody', { status: 500 })
    const next = async () => void (answer = Response.json({ user: set[0]?.[1].userId, key: set[0]?.[0] }))
    return (await auth.hono(routes[new URL(request.url).pathname])(context, next)) ?? answer
  }
  const toRequest = (request: IncomingMessage) => {
    const headers = new Headers()
    for (let i = 0; i < request.rawHeaders.length; i += 2)
      headers.append(request.rawHeaders[i] ?? '', request.rawHeaders[i + 1] ?? '')
    const { method = 'GET', url } = request
    // Bytes, because a text would bring a type of its own.
    const body = headers.get('content-length') === '0' ? null : new Uint8Array(4)
    // As over HTTP/2, where no header tells of a body.
    headers.delete('content-length')
    headers.delete('connection')
    return new Request(`http://localhost${url}`, { method, headers, ...(method === 'GET' ? {} : { body }) })
  }
  const baseUrl = await listen(t, async (request, response) => {
    const { status, headers, ...answer } = await handle(toRequest(request)).then(async (one) => ({
      status: one.status,
      headers: Object.fromEntries(one.headers),
      text: await one.text(),
    }))
    response.writeHead(status, headers).end(answer.text)
  })
  return { auth, baseUrl }
}

const services = { connect: connectService, fetch: fetchService }
const bearer = (token: string): Header => ['Authorization', `Bearer ${token}`]
const problem = (reply: Reply) => ({
  status: reply.status,
  type: reply.headers['content-type'],
  code: reply.body['code'],
})
const refused = (status: number, code: string) => ({ status, type: 'application/problem+json', code })

for (const [name, start] of Object.entries(services)) {
  t.test(`${name}: a request with a token has a principal, and others get the answers of the server`, async (t) => {
    const { auth, baseUrl } = await start(t)
    t.ok(await holds(auth.isReady))
    const get = (path: string, ...headers: Header[]) => send(baseUrl, { method: 'GET', path, headers })
    t.match(await get('/me', bearer(session.access_token)), { status: 200, body: { user: session.user.id } })
    const anonymous = await get('/me')
    t.same(problem(anonymous), refused(401, 'authentication_required'))
    t.equal(anonymous.headers['www-authenticate'], 'Bearer realm="countersign"')
    const bad = await get('/me', bearer('a.b.c'))
    t.same(problem(bad), refused(401, 'invalid_token'))
    t.match(bad.headers['www-authenticate'], 'error="invalid_token"')
    t.match(bad.body, { title: 'Unauthorized', status: 401, retryable: false })
    const two = await get('/me', bearer(session.access_token), bearer(session.access_token))
    t.same(problem(two), refused(401, 'invalid_token'), 'two tokens')
    const old = await get('/recent', bearer(session.access_token))
    t.same(problem(old), refused(401, 'reauthentication_required'))
    t.match(old.headers['www-authenticate'], 'max_age="0"')
    const weak = await get('/two', bearer(session.access_token))
    t.same(problem(weak), refused(401, 'second_factor_required'))
    t.match(weak.headers['www-authenticate'], 'acr_values="aal2"')
  })

  t.test(`${name}: a session that ends is refused soon after`, async (t) => {
    const { auth, baseUrl } = await start(t)
    t.ok(await holds(auth.isReady))
    const gone = await register(node.baseUrl)
    const ask = () => send(baseUrl, { method: 'GET', path: '/me', headers: [bearer(gone.access_token)] })
    t.equal((await ask()).status, 200)
    await call(`${node.baseUrl}/auth/logout`, { body: { refresh_token: gone.refresh_token } })
    t.ok(await holds(async () => (await ask()).body['code'] === 'token_revoked'))
  })

  t.test(`${name}: the cookie of a page lets it in, through the same gate`, async (t) => {
    const { auth, baseUrl } = await start(t)
    t.ok(await holds(auth.isReady))
    const [cookie] = [...page.jar].filter(([key]) => key.includes('access')).map((pair) => pair.join('='))
    const own: Header = ['Cookie', cookie ?? '']
    const post = (...headers: Header[]) => send(baseUrl, { path: '/me', headers: [...headers, own], body: '{}' })
    t.equal((await send(baseUrl, { method: 'GET', path: '/me', headers: [own] })).status, 200)
    t.equal((await post(...asPage(), json)).status, 200)
    t.same(problem(await post(...asPage('https://evil.example'), json)), refused(403, 'csrf_rejected'))
    t.same(problem(await post(['Origin', spa], json)), refused(403, 'csrf_rejected'), 'no mode')
    t.same(problem(await post(...asPage(), ['Content-Type', 'text/plain'])), refused(403, 'csrf_rejected'), 'a form')
    if (name === 'fetch') t.same(problem(await post(...asPage())).code, 'csrf_rejected', 'a body without a type')
    t.same(problem(await post(...asPage(), json, bearer('a.b.c'))), refused(400, 'two_credentials'))
  })

  t.test(`${name}: until the keys are loaded, the answer is 503 with Retry-After`, async (t) => {
    proxy.meddle('metadata', blackHole)
    t.teardown(() => proxy.meddle('metadata'))
    const { auth, baseUrl } = await start(t)
    const asked = send(baseUrl, { method: 'GET', path: '/me', headers: [bearer(session.access_token)] })
    t.notOk(auth.isReady())
    await auth.close()
    const reply = await asked
    t.same(problem(reply), refused(503, 'not_ready'))
    t.equal(reply.headers['retry-after'], '1')
  })
}

t.test('connect: refusals and unexpected errors go to next, if the service wants them', async (t) => {
  const { auth, baseUrl, passed } = await connectService(t, { passErrors: true })
  t.ok(await holds(auth.isReady))
  const get = (path: string, ...headers: Header[]) => send(baseUrl, { method: 'GET', path, headers })
  t.equal((await get('/me', bearer('a.b.c'))).status, 418)
  t.match(passed[0], { statusCode: 401, code: 'invalid_token', headers: { 'www-authenticate': /invalid_token/ } })
  t.equal((await get('/mistake')).status, 500)
  t.throws(() => principalOf({}), /does not use authenticate/, 'a route without authenticate has no principal')
})

t.test('connect: a bug of the service is no answer to the client', async (t) => {
  const bug = new Error('a bug')
  const onRefusal = () => {
    throw bug
  }
  const { auth, baseUrl, passed } = await connectService(t, { onError: onRefusal })
  t.ok(await holds(auth.isReady))
  const headers = [bearer('a.b.c')]
  t.equal((await send(baseUrl, { method: 'GET', path: '/me', headers })).status, 418)
  t.same(passed, [bug])
})
