/** `signalFor` of a verifier: the signals of a service abort when the feed brings the revocation, or when the token expires. */
import Fastify from 'fastify'
import t from 'tap'
import { countersign, principalOf } from '../../../packages/verify/src/fastify-plugin.ts'
import { call, register } from '../../setup/client.ts'
import { keeperOf } from '../../setup/key-keeper.ts'
import { startNode } from '../../setup/node.ts'
import { always } from './proxy.ts'
import { credential, holds, serviceEnv, startIssuer, startVerifier } from './service.ts'

const { node, proxy } = await startIssuer(t)
const { baseUrl, database } = node
const { verifier, verdict } = startVerifier(t, node, proxy.url, { revocations: credential })
await holds(verifier.isReady)

const codeOf = ({ reason }: AbortSignal): unknown => (reason as { code?: string } | undefined)?.code
const logout = (refreshToken: string) => call(`${baseUrl}/auth/logout`, { body: { refresh_token: refreshToken } })

async function connect(by = verifier) {
  const user = await register(baseUrl)
  const principal = await by.verify(user.access_token)
  return { ...user, principal, signal: by.signalFor(principal) }
}

t.test('a logout aborts the signals of the session, and of no other', async (t) => {
  const [one, neighbour] = [await connect(), await connect()]
  await logout(one.refresh_token)
  t.ok(await holds(async () => (await verdict(one.access_token)) === 'token_revoked'))
  t.ok(one.signal.aborted, 'when the token is refused, the signal has aborted')
  t.match(one.signal.reason, { code: 'token_revoked', statusCode: 401 })
  t.notOk(neighbour.signal.aborted)
  t.equal(codeOf(verifier.signalFor(one.principal)), 'token_revoked', 'at once for a token that is revoked')
})

t.test('a user who is disabled, and a new token version, abort the signals of the user', async (t) => {
  for (const change of ['disabled_at = now()', 'token_version = token_version + 1']) {
    const { user, signal } = await connect()
    await database.pool.query(`UPDATE users SET ${change} WHERE id = $1`, [user.id])
    t.ok(await holds(() => signal.aborted), change)
    t.equal(codeOf(signal), 'token_revoked')
  }
})

t.test('a token that expires aborts its signal, with and without the feed', async (t) => {
  let passed = 0
  const clock = () => Date.now() + passed
  const timed = await startNode(t, { clock, env: serviceEnv })
  const { access_token: token } = await register(timed.baseUrl)
  const services = [{ revocations: credential }, {}].map(
    (more) => startVerifier(t, timed, timed.baseUrl, { clock, ...more }).verifier,
  )
  t.ok(await holds(() => services.every(({ isReady }) => isReady())))
  const principals = await Promise.all(services.map((service) => service.verify(token)))
  const signals = services.map((service, i) => service.signalFor(principals[i]!))
  t.notOk(signals.some(({ aborted }) => aborted))
  passed = principals[0]!.expiresAt * 1000 - Date.now()
  t.ok(await holds(() => signals.every(({ aborted }) => aborted)))
  t.same(signals.map(codeOf), ['token_expired', 'token_expired'])
})

t.test('before the revocations are loaded, the signal of a token has aborted', async (t) => {
  const { principal } = await connect()
  proxy.meddle('feed', always(500))
  const { verifier: starting } = startVerifier(t, node, proxy.url, { revocations: credential })
  t.equal(codeOf(starting.signalFor(principal)), 'not_ready')
  proxy.meddle('feed')
  t.ok(await holds(starting.isReady))
  t.notOk(starting.signalFor(principal).aborted)
})

t.test('a verifier that closes aborts its signals', async (t) => {
  const { verifier: closing } = startVerifier(t, node, proxy.url, { revocations: credential })
  t.ok(await holds(closing.isReady))
  const { signal, principal } = await connect(closing)
  await closing.close()
  t.equal(codeOf(signal), 'not_ready')
  t.equal(codeOf(closing.signalFor(principal)), 'not_ready')
})

t.test('an app that closes does not wait for a connection that ends by its signal', async (t) => {
  const app = Fastify()
  await app.register(countersign, { issuer: node.config.publicUrl, url: baseUrl })
  app.get('/events', { onRequest: app.authenticate() }, (request, reply) => {
    reply.hijack()
    reply.raw.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: open\n\n')
    app.signalFor(principalOf(request), reply.raw).addEventListener('abort', () => reply.raw.end('data: closed\n\n'))
  })
  const address = await app.listen({ port: 0, host: '127.0.0.1' })
  const { access_token: token } = await register(baseUrl)
  const answer = await fetch(`${address}/events`, { headers: { authorization: `Bearer ${token}` } })
  await app.close()
  t.equal(await answer.text(), 'data: open\n\ndata: closed\n\n')
})

t.test('a revoked key aborts the signals of all its tokens', async (t) => {
  const { signal } = await connect()
  await keeperOf(node).revoke(node.keyRing.signing.kid)
  t.ok(await holds(() => signal.aborted))
  t.equal(codeOf(signal), 'token_revoked')
})
