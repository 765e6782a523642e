/** The token cache changes how long a verification takes, and never its outcome. */
import { randomUUID } from 'node:crypto'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import t from 'tap'
import { createMonotonicClock } from '../../src/clock/monotonic-clock.ts'
import { AppError } from '../../src/errors.ts'
import { verifyWithFastifyJwt } from '../../src/guard/fastify-jwt.ts'
import { createDenylist } from '../../src/revocations/denylist.ts'
import { createAccessTokens, type SigningKey, type VerificationKey } from '../../src/tokens/access-token.ts'
import { createSignatureChecks } from '../../src/tokens/signature.ts'
import { createTokenCache } from '../../src/tokens/token-cache.ts'
import { createVerifyAccessToken } from '../../src/tokens/verify-access-token.ts'
import { createRandom } from '../setup/seeded-random.ts'
import { newKeyPair } from './crafted/context.ts'

const lifeSeconds = 600
const named = { issuer: 'https://auth.example.test', audience: 'api' }

type Key = SigningKey & VerificationKey
const newKey = (): Key => ({ kid: randomUUID(), alg: 'ES256', ...newKeyPair.ES256() })

/** A verifier with a cache and one without, on the same keys and the same clock. */
async function setUp(limits: { maxEntries: number; maxBytes?: number } = { maxEntries: 100 }) {
  const state = { seconds: 2_000_000_000, verified: 0, keys: [newKey()] }
  const clock = createMonotonicClock(() => state.seconds * 1000)
  const signatureChecks = createSignatureChecks(verifyWithFastifyJwt)
  const useKeys = (keys: Key[]) => {
    state.keys = keys
    return signatureChecks.use(keys)
  }
  await useKeys(state.keys)
  const plain = createVerifyAccessToken({ ...named, signatureChecks, clock })
  const verifyAccessToken = (token: string) => {
    state.verified++
    return plain(token)
  }
  const cache = createTokenCache({ verifyAccessToken, keySet: signatureChecks.keySet, clock, ...limits })
  const tokens = createAccessTokens({ ...named, lifeSeconds, signingKey: () => state.keys[0]!, clock })
  const newToken = (life = lifeSeconds) => {
    const who = { userId: randomUUID(), sessionId: randomUUID(), roles: ['admin'], tokenVersion: 1 }
    return tokens.issue({ ...who, authTime: state.seconds, amr: ['pwd'] }, life).token
  }
  return { state, clock, useKeys, plain, cache, newToken }
}

/** The principal, or the code of the error. */
function outcomeOf(verify: () => unknown): unknown {
  try {
    return verify()
  } catch (error) {
    return error instanceof AppError ? error.code : error
  }
}

/** The same token with an invalid signature. */
const forge = (token: string) => token.replace(/.{4}$/, (end) => (end === 'AAAA' ? 'BBBB' : 'AAAA'))

await t.test('a token is verified once, and its principal is frozen', async (t) => {
  const { state, cache, newToken, plain } = await setUp()
  const token = newToken()
  const [first, second] = [cache.verify(token), cache.verify(Buffer.from(token).toString())]
  t.equal(state.verified, 1)
  t.equal(first, second)
  t.strictSame(first, plain(token))
  t.equal(first.keyId, state.keys[0]?.kid)
  t.ok([first, first.roles, first.amr].every(Object.isFrozen))
  t.throws(() => Object.assign(first, { userId: 'somebody else' }))
  t.throws(() => (first.roles as string[]).push('owner'))
  t.match(cache.stats(), { entries: 1, hits: 1, misses: 1, evictions: 0 })
})

await t.test('a cached token expires, whichever way the clock of the machine is set', async (t) => {
  const { state, cache, newToken } = await setUp()
  const start = state.seconds
  const token = newToken()
  cache.verify(token)
  state.seconds = start + lifeSeconds - 1
  t.ok(cache.verify(token), 'it lives for another second')
  state.seconds = start + lifeSeconds
  t.throws(() => cache.verify(token), { code: 'token_expired' }, 'at the moment of its end')
  for (const seconds of [start, start - 3600, 0]) {
    state.seconds = seconds
    t.throws(() => cache.verify(token), { code: 'token_expired' }, `with the clock at ${seconds - start} s`)
  }
})

await t.test('a token that is no longer among the newest ones expires too', async (t) => {
  const { state, cache, newToken } = await setUp({ maxEntries: 8 })
  const token = newToken(60)
  cache.verify(token)
  // The cache has two halves of four entries. The token is now in the older one.
  for (let i = 0; i < 4; i++) cache.verify(newToken())
  state.verified = 0
  state.seconds += 60
  t.throws(() => cache.verify(token), { code: 'token_expired' })
  t.equal(state.verified, 1, 'verified again, which tells the reason')
})

await t.test('another key set empties the cache: tokens of a removed key are refused', async (t) => {
  const { state, cache, newToken, useKeys } = await setUp()
  const [retired] = state.keys as [Key]
  const token = newToken()
  cache.verify(token)
  await useKeys([newKey(), retired])
  cache.verify(token)
  t.equal(state.verified, 2, 'verified anew')
  await useKeys([newKey()])
  t.throws(() => cache.verify(token), { code: 'invalid_token' })
  t.match(cache.stats(), { entries: 0, bytes: 0 })
})

await t.test('forged tokens are refused and evict no valid token', async (t) => {
  const { state, cache, newToken } = await setUp({ maxEntries: 10 })
  const good = Array.from({ length: 5 }, () => newToken())
  for (const token of good) cache.verify(token)
  for (let i = 0; i < 200; i++) {
    const forged = forge(newToken())
    for (const _ of [1, 2]) t.throws(() => cache.verify(forged), { code: 'invalid_token' })
  }
  const stranger = (await setUp()).newToken()
  t.throws(() => cache.verify(stranger), { code: 'invalid_token' }, 'by another key')
  t.match(cache.stats(), { entries: 5, evictions: 0, hits: 0 })
  state.verified = 0
  for (const token of good) cache.verify(token)
  t.equal(state.verified, 0, 'all five are still remembered')
})

await t.test('a text that differs from a cached token is verified by itself', async (t) => {
  const { cache, newToken } = await setUp()
  const token = newToken()
  cache.verify(token)
  for (const other of [forge(token), token.slice(0, -1), `${token}A`, `${token}=`, ` ${token}`, token.toLowerCase()]) {
    t.throws(() => cache.verify(other), { code: 'invalid_token' })
  }
})

await t.test('the cache keeps within its limits, and a token that is in use stays in it', async (t) => {
  for (const limits of [{ maxEntries: 100 }, { maxEntries: 1e6, maxBytes: 100_000 }]) {
    const { state, cache, newToken } = await setUp(limits)
    const busy = newToken()
    const sizes: number[] = []
    let anew = 0
    for (let i = 0; i < 1000; i++) {
      cache.verify(newToken())
      const before = state.verified
      cache.verify(busy)
      anew += state.verified - before
      const { entries, bytes } = cache.stats()
      sizes.push(limits.maxBytes === undefined ? entries : bytes)
    }
    t.ok(Math.max(...sizes) <= (limits.maxBytes ?? limits.maxEntries), `at most ${Math.max(...sizes)}`)
    t.equal(anew, 1, 'the one in use was verified once')
    const { evictions, entries, misses } = cache.stats()
    t.equal(evictions + entries, misses)
  }
})

await t.test('with maxEntries 0 the cache is off', async (t) => {
  const { state, cache, newToken } = await setUp({ maxEntries: 0 })
  const token = newToken()
  for (const _ of [1, 2, 3]) cache.verify(token)
  t.equal(state.verified, 3)
  t.match(cache.stats(), { entries: 0, hits: 0 })
})

await t.test('a cached token does not keep its header in memory', async (t) => {
  const { cache, newToken } = await setUp({ maxEntries: 2000 })
  setFlagsFromString('--expose-gc')
  const collect: () => void = runInNewContext('gc')
  collect()
  const before = process.memoryUsage().heapUsed
  for (let i = 0; i < 1000; i++) {
    const header = `other=${String(i).repeat(4000)}; access=${newToken()}`
    cache.verify(header.slice(header.lastIndexOf('=') + 1))
  }
  collect()
  const perEntry = (process.memoryUsage().heapUsed - before) / 1000
  t.comment(`${Math.round(perEntry)} bytes an entry`)
  t.ok(perEntry < 4000)
})

await t.test('a verifier with a cache and one without agree on every token, after any history', async (t) => {
  const requests = Number(process.env['REQUESTS'] ?? 30_000)
  const { state, clock, cache, plain, newToken, useKeys } = await setUp({ maxEntries: 60 })
  const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31))
  t.comment(`SEED=${seed}`)
  const random = createRandom(seed)
  const below = (n: number) => Math.floor(random() * n)
  const denied = createDenylist({ maxEntries: 1000, clock })
  const pool = Array.from({ length: 100 }, () => newToken(1 + below(lifeSeconds)))
  const counts = { let_in: 0, refused: 0, revoked: 0 }

  const steps: [weight: number, step: () => unknown][] = [
    [30, () => (state.seconds += below(3))],
    [2, () => (state.seconds -= below(4000))],
    [1, () => (state.seconds += below(60))],
    [60, () => (pool[below(pool.length)] = newToken(1 + below(lifeSeconds)))],
    [20, () => (pool[below(pool.length)] = forge(pool[below(pool.length)]!))],
    [1, () => useKeys([newKey(), ...state.keys.slice(0, 2)])],
    [1, () => useKeys(state.keys.slice(0, Math.max(1, below(3))))],
    [1, () => denied.purge()],
  ]
  const revoke = (token: string) => {
    const principal = outcomeOf(() => plain(token))
    if (typeof principal !== 'object' || principal === null) return
    const { sessionId, userId, tokenVersion, keyId } = principal as ReturnType<typeof plain>
    const createdAt = clock()
    const kind = (['session', 'user', 'key'] as const)[below(40) === 0 ? 2 : below(2)] ?? 'session'
    const subject = { session: sessionId, user: userId, key: keyId }[kind]
    denied.add({ kind, subject, userId, minTokenVersion: kind === 'user' ? tokenVersion + 1 : null, createdAt })
    counts.revoked++
  }

  for (let i = 0; i < requests; i++) {
    let pick = below(1000)
    for (const [weight, step] of steps) {
      if (pick >= 0 && pick < weight) await step()
      pick -= weight
    }
    const token = pool[Math.min(below(pool.length), below(pool.length))]!
    if (below(200) === 0) revoke(token)
    const ask = (verify: typeof plain) =>
      outcomeOf(() => {
        const principal = verify(token)
        if (denied.has(principal)) throw new AppError('invalid_token')
        return principal
      })
    const [remembered, fresh] = [ask(cache.verify), ask(plain)]
    counts[typeof fresh === 'string' ? 'refused' : 'let_in']++
    if (JSON.stringify(remembered) !== JSON.stringify(fresh)) {
      t.strictSame(remembered, fresh, `request ${i}`)
      break
    }
  }
  const { hits, misses, evictions } = cache.stats()
  t.comment(`${requests} requests: ${JSON.stringify({ ...counts, hits, misses, evictions })}`)
  t.ok(
    [counts.let_in, counts.refused, counts.revoked, hits, misses, evictions].every((count) => count > requests / 2000),
  )
})
