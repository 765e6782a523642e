/** A service whose clock is behind, and the reasons of its refusals. */
import Fastify from 'fastify'
import t from 'tap'
import { countersign } from '../../../packages/verify/src/fastify-plugin.ts'
import { createVerifier, TokenRefusal } from '../../../packages/verify/src/index.ts'
import { createLogErrors } from '../../../packages/verify/src/log-errors.ts'
import { call, register } from '../../setup/client.ts'
import { credential, holds, startIssuer, startVerifier } from './service.ts'

const { node } = await startIssuer(t)
const { access_token: token } = await register(node.baseUrl)
const behind = (seconds: number) => ({ clock: () => Date.now() - seconds * 1000 })

t.test('a service whose clock is behind accepts fresh tokens and revocations within its tolerance', async (t) => {
  const patient = { ...behind(30), clockToleranceSeconds: 40, revocations: credential }
  const { verifier, verdict, errors, refusals } = startVerifier(t, node, node.baseUrl, patient)
  t.ok(await holds(verifier.isReady), 'it follows the revocations')
  t.equal(await verdict(token), 'let in')
  t.equal(await verdict(token), 'let in', 'from the cache too')
  const leaves = await register(node.baseUrl)
  t.equal(await verdict(leaves.access_token), 'let in')
  await call(`${node.baseUrl}/auth/logout`, { body: { refresh_token: leaves.refresh_token } })
  t.ok(await holds(async () => (await verdict(leaves.access_token)) === 'token_revoked'))
  t.same(errors, [])
  t.match(new Set(refusals), new Set(['revoked']))
})

t.test('beyond its tolerance the service refuses them, and says why', async (t) => {
  for (const clockToleranceSeconds of [undefined, 0, 20]) {
    const options = { ...behind(30), ...(clockToleranceSeconds === undefined ? {} : { clockToleranceSeconds }) }
    const { verdict, refusals } = startVerifier(t, node, node.baseUrl, options)
    t.equal(await verdict(token), 'invalid_token')
    t.same(refusals, ['issued_in_future'], String(clockToleranceSeconds))
  }
})

t.test('the tolerance does not let a token live longer', async (t) => {
  const options = { clock: () => Date.now() + 600_000, clockToleranceSeconds: 60 }
  const { verdict, refusals } = startVerifier(t, node, node.baseUrl, options)
  t.equal(await verdict(token), 'token_expired')
  t.same(refusals, ['expired'])
})

t.test('the tolerance is a whole number from 0 to 60', async (t) => {
  for (const clockToleranceSeconds of [-1, 61, 1.5, Number.NaN, Infinity])
    t.throws(() => createVerifier({ issuer: 'https://auth.example.com', clockToleranceSeconds }), TypeError)
})

t.test('every refusal reaches onError as a code, with nothing of the token', async (t) => {
  const seen: Error[] = []
  const options = { onError: (error: Error) => void seen.push(error), audience: 'another' }
  const { verifier } = startVerifier(t, node, node.baseUrl, options)
  const [header, payload] = token.split('.')
  for (const [given, reason] of [
    [token, 'wrong_audience'],
    ['x', 'malformed'],
    ['a.b.c', 'unknown_key'],
    [`${header}.${payload}.${'A'.repeat(86)}`, 'bad_signature'],
    ['x'.repeat(2000), 'too_long'],
  ] as const) {
    seen.length = 0
    await t.rejects(verifier.verify(given), { code: 'invalid_token' })
    t.match(seen, [{ name: 'TokenRefusal', reason }])
    t.equal(seen[0]?.cause, undefined)
    t.notOk(given.length > 5 && seen[0]?.stack?.includes(given), 'the token is not told')
  }
  seen.length = 0
  const { verifier: right } = startVerifier(t, node, node.baseUrl, { onError: options.onError })
  await t.rejects(right.verify(token, { maxAgeSeconds: -1 }), { code: 'reauthentication_required' })
  const absent = { url: 'http://127.0.0.1:9', onError: options.onError }
  const { verifier: lost } = startVerifier(t, node, absent.url, absent)
  await t.rejects(lost.verify(token), { code: 'not_ready' })
  const reasons = seen.flatMap((error) => (error instanceof TokenRefusal ? [error.reason] : []))
  t.same(reasons, ['login_too_old', 'keys_not_loaded'])
})

t.test('the plugin logs one refusal a minute for each reason', async (t) => {
  const lines: unknown[][] = []
  let now = 0
  const log = createLogErrors(
    (...line) => void lines.push(line),
    () => now,
  )
  for (let i = 0; i < 5; i++) log(new TokenRefusal('expired'))
  log(new TokenRefusal('issued in the future'))
  now = 60_000
  log(new TokenRefusal('expired'))
  t.match(lines, [
    [{ reason: 'expired', before: 0 }, 'countersign refused a token: expired'],
    [{ reason: 'issued_in_future', before: 0 }, String],
    [{ reason: 'expired', before: 4 }, String],
  ])
  const written: string[] = []
  const app = Fastify({ logger: { level: 'warn', stream: { write: (line: string) => void written.push(line) } } })
  await app.register(countersign, { issuer: node.config.publicUrl, url: node.baseUrl, ...behind(30) })
  app.get('/', { onRequest: app.authenticate() }, async () => 'ok')
  t.teardown(() => app.close())
  for (let i = 0; i < 3; i++) {
    const { statusCode } = await app.inject({ url: '/', headers: { authorization: `Bearer ${token}` } })
    t.equal(statusCode, 401)
  }
  t.match(written, [/"reason":"issued_in_future"/])
  t.notMatch(written.join(''), token.split('.')[1] ?? '')
})
