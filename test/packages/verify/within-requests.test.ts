/** A verifier that does nothing between requests, as in a worker: each request loads the keys and revocations that it needs. */
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import type { VerifierOptions } from '../../../packages/verify/src/index.ts'
import { createVerifierWith } from '../../../packages/verify/src/verifier.ts'
import { createWebSignatures } from '../../../packages/verify/src/web-signatures.ts'
import { call, register } from '../../setup/client.ts'
import { always, changed, startProxy } from './proxy.ts'
import { credential, holds, startIssuer, startVerifier } from './service.ts'

const { node, proxy } = await startIssuer(t)
const { baseUrl } = node
const onDemand: Partial<VerifierOptions> = { background: false, revocations: credential }
/** A worker, for which time passes by `later` alone. */
function worker(url = proxy.url, options = onDemand) {
  let now = 0
  const elapsed = () => now
  const create = createVerifierWith({ signatures: createWebSignatures(crypto.subtle), elapsed })
  return { ...startVerifier(t, node, url, options, create), later: (ms: number) => void (now += ms) }
}
const logout = (refresh_token: string) => call(`${baseUrl}/auth/logout`, { body: { refresh_token } })

t.test('nothing is loaded before the first request, which loads what it needs', async (t) => {
  proxy.forget()
  const { verifier, verdict } = worker()
  const { access_token: token } = await register(baseUrl)
  await sleep(50)
  t.equal(proxy.asked('metadata').length + proxy.asked('jwks').length + proxy.asked('feed').length, 0)
  t.notOk(verifier.isReady())
  t.equal(await verdict(token), 'let in')
  t.ok(verifier.isReady())
  for (let i = 0; i < 5; i++) t.equal(await verdict(token), 'let in')
  t.same([proxy.asked('jwks').length, proxy.asked('feed').length], [1, 1], 'the next ones need nothing')
})

t.test('requests that come together each load for themselves, and all are let in', async (t) => {
  const slow = await startProxy(t, baseUrl)
  slow.meddle('jwks', async (ask) => {
    await sleep(100)
    return ask()
  })
  const { verdict } = worker(slow.url)
  const { access_token: token } = await register(baseUrl)
  t.same(await Promise.all([verdict(token), verdict(token), verdict(token)]), ['let in', 'let in', 'let in'])
  t.equal(slow.asked('jwks').length, 3)
})

t.test('an ended session is refused by the first request that finds the revocations a second old', async (t) => {
  const { verdict, later } = worker()
  const { access_token: token, refresh_token } = await register(baseUrl)
  t.equal(await verdict(token), 'let in')
  await logout(refresh_token)
  t.equal(await verdict(token), 'let in')
  // The node itself may learn of the revocation a moment later.
  const isRefused = async () => {
    later(1001)
    return (await verdict(token)) === 'token_revoked'
  }
  t.ok(await holds(isRefused))
  t.equal(await verdict(token, { check: 'signature' }), 'let in')
})

t.test('while one request reads a slow feed, others go on with what is known', async (t) => {
  const slow = await startProxy(t, baseUrl)
  const { verdict, later } = worker(slow.url)
  const { access_token: token } = await register(baseUrl)
  t.equal(await verdict(token), 'let in')
  later(1001)
  const answer = Promise.withResolvers<void>()
  slow.meddle('feed', async (ask) => {
    await answer.promise
    return ask()
  })
  const first = verdict(token)
  t.ok(await holds(() => slow.asked('feed').length === 2))
  t.same([await verdict(token), await verdict(token)], ['let in', 'let in'])
  t.equal(slow.asked('feed').length, 2)
  answer.resolve()
  t.equal(await first, 'let in')
})

t.test('a feed that fails is asked once a second, and tokens are let in until the denylist is too old', async (t) => {
  const broken = await startProxy(t, baseUrl)
  const { verdict, errors, later } = worker(broken.url, {
    ...onDemand,
    revocations: { ...credential, stale: 'closed' },
  })
  const { access_token: token } = await register(baseUrl)
  t.equal(await verdict(token), 'let in')
  broken.meddle('feed', always(500))
  later(1001)
  for (let i = 0; i < 3; i++) t.equal(await verdict(token), 'let in')
  t.equal(broken.asked('feed').length, 2)
  t.same(errors, ['the feed of revocations answers 500'])
  later(31_000)
  t.equal(await verdict(token), 'not_ready')
})

t.test('without keys or revocations, the answer is not_ready', async (t) => {
  const { access_token: token } = await register(baseUrl)
  for (const path of ['metadata', 'jwks', 'feed'] as const) {
    const broken = await startProxy(t, baseUrl)
    broken.meddle(path, always(500))
    const { verdict, errors, later } = worker(broken.url)
    t.equal(await verdict(token), 'not_ready', path)
    t.equal(await verdict(token), 'not_ready', path)
    t.equal(broken.asked(path).length, 1, 'it is not asked again at once')
    t.equal(errors.length, 1)
    broken.meddle(path)
    later(1001)
    t.equal(await verdict(token), 'let in')
  }
})

t.test('stale keys are loaded again by one request, and the others use them meanwhile', async (t) => {
  const quick = await startProxy(t, baseUrl, 'max-age=10')
  const { verdict, later } = worker(quick.url)
  const { access_token: token } = await register(baseUrl)
  t.equal(await verdict(token), 'let in')
  const answer = Promise.withResolvers<void>()
  quick.meddle('metadata', async (ask) => {
    await answer.promise
    return ask()
  })
  later(10_001)
  const first = verdict(token)
  t.ok(await holds(() => quick.asked('metadata').length === 2))
  t.equal(await verdict(token), 'let in')
  t.equal(quick.asked('metadata').length, 2)
  answer.resolve()
  t.equal(await first, 'let in')
  t.equal(await verdict(token), 'let in')
  t.equal(quick.asked('metadata').length, 2, 'the keys are fresh again')
})

t.test('an unknown key is loaded by the request that needs it, at most every five seconds', async (t) => {
  const partial = await startProxy(t, baseUrl)
  const { kid } = node.keyRing.signing
  const without = (text: string) =>
    JSON.stringify({ keys: JSON.parse(text).keys.filter((key: { kid: string }) => key.kid !== kid) })
  partial.meddle('jwks', changed(without))
  const { verdict, later } = worker(partial.url, { background: false })
  const { access_token: token } = await register(baseUrl)
  t.equal(await verdict(token), 'invalid_token')
  partial.meddle('jwks')
  t.equal(await verdict(token), 'invalid_token')
  t.equal(partial.asked('jwks').length, 1, 'the issuer was asked a moment ago')
  later(5001)
  t.equal(await verdict(`${'x'.repeat(40)}.b.c`), 'invalid_token')
  t.equal(partial.asked('jwks').length, 1, 'no server writes such a header')
  t.equal(await verdict(token), 'let in')
  t.equal(partial.asked('jwks').length, 2)
})

t.test('the first request reads all pages of the feed', async (t) => {
  const { user, access_token: token, refresh_token } = await register(baseUrl)
  await node.database.pool.query(
    `INSERT INTO revocations (kind, subject, user_id)
     SELECT 'session', gen_random_uuid(), $1 FROM generate_series(1, 6000)`,
    [user.id],
  )
  await logout(refresh_token)
  proxy.forget()
  const { verdict } = worker()
  t.equal(await verdict(token), 'token_revoked')
  t.ok(proxy.asked('feed').length >= 2)
})
