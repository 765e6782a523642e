/** The states of signing keys over time: days pass, operators rotate and revoke, and nodes are late. */
import fc from 'fast-check'
import t from 'tap'
import { changesDue, type KeyTimes, signsWithoutNewsMs, withStates } from '../../src/keys/key-lifecycle.ts'
import { runs } from '../setup/properties.ts'

const second = 1000
const timing = { leadMs: 310 * second, signMs: 30 * 86_400 * second }
const tokenSeconds = 600
const start = 1_800_000_000_000

/** Makes the due changes as a node with the lock does, on an array instead of a table. */
function bringUpToDate(keys: KeyTimes[], now: number): KeyTimes[] {
  for (let current = keys, rounds = 0; ; rounds++) {
    if (rounds > 5) throw new Error('changes never end')
    const due = changesDue(current, now, timing)
    if (due.length === 0) return current
    for (const change of due) {
      if (change.do === 'remove') current = current.filter(({ kid }) => kid !== change.kid)
      else if (change.do === 'publish') current = [...current, newKey(now, change.signsFrom)]
      else current = current.map((key) => (key.kid === change.kid ? { ...key, signsFrom: change.signsFrom } : key))
    }
  }
}

let made = 0
const newKey = (now: number, signsFrom: number): KeyTimes => {
  return { kid: `k${made++}`, publishedAt: now, signsFrom, revokedAt: null, tokenSeconds }
}

t.test('a new database gets a key that signs at once, and a next key', async (t) => {
  const states = withStates(bringUpToDate([], start), start)
  t.same(
    states.map(({ state, signsFrom }) => ({ state, signsFrom })),
    [
      { state: 'signing', signsFrom: start },
      { state: 'next', signsFrom: start + timing.signMs },
    ],
  )
})

t.test('a key signs for 30 days, verifies until its last token has expired, and is removed then', async (t) => {
  const keys = bringUpToDate([], start)
  const [first, second_] = keys
  const state = (now: number, kid: string) =>
    withStates(bringUpToDate(keys, now), now).find((key) => key.kid === kid)?.state
  const handOver = start + timing.signMs
  t.equal(state(handOver - 1, first!.kid), 'signing')
  t.equal(state(handOver, first!.kid), 'retiring')
  t.equal(state(handOver, second_!.kid), 'signing')
  const last = handOver + 40 * second + tokenSeconds * second
  t.equal(state(last - 1, first!.kid), 'retiring')
  t.equal(state(last, first!.kid), undefined)
})

t.test('a shorter SIGNING_KEY_DAYS brings the next key forward, but not before every verifier knows it', async (t) => {
  const keys = bringUpToDate([], start)
  const shorter = { ...timing, signMs: 60 * second }
  const due = changesDue(keys, start + 10 * second, shorter)
  t.same(due, [{ do: 'move', kid: keys[1]!.kid, signsFrom: start + timing.leadMs }])
})

t.test('a key that is brought forward never signs from an earlier time than now', async (t) => {
  const keys = bringUpToDate([], start)
  const shorter = { ...timing, signMs: 60 * second }
  const now = start + 3600 * second
  t.same(changesDue(keys, now, shorter), [{ do: 'move', kid: keys[1]!.kid, signsFrom: now }])
})

t.test('the next key signs from now on when the signing key is revoked', async (t) => {
  const now = start + second
  const [signing, next] = bringUpToDate([], start)
  const revoked = [{ ...signing!, revokedAt: now }, next!]
  t.same(changesDue(revoked, now, timing), [{ do: 'move', kid: next!.kid, signsFrom: now }])
  const [stand] = withStates(bringUpToDate(revoked, now), now)
  t.same([stand?.kid, stand?.signsFrom], [next!.kid, now])
})

t.test('the next key replaces a key that is revoked soon after it began to sign', async (t) => {
  const now = start + timing.signMs
  const handedOver = bringUpToDate(bringUpToDate([], start), now)
  const [old, signing, next] = handedOver.map(({ kid }) => kid)
  const revoke = (kid: string | undefined, at: number, among: KeyTimes[]) => {
    const revoked = among.map((key) => (key.kid === kid ? { ...key, revokedAt: at } : key))
    return bringUpToDate(revoked, at)
  }
  const states = withStates(revoke(signing, now + second, handedOver), now + second)
  t.same(
    states.map(({ state }) => state),
    ['signing', 'next', 'retiring', 'revoked'],
  )
  t.same([states[0]?.kid, states[2]?.kid, states[3]?.kid], [next, old, signing])
  const rotating = handedOver.map((key) => (key.kid === next ? { ...key, signsFrom: now + 60 * second } : key))
  const withoutNext = revoke(next, now + second, rotating)
  t.equal(
    withStates(withoutNext, now + 61 * second)[0]?.kid,
    signing,
    'a revoked next key does not affect the signing key',
  )
})

type Step = { do: 'wait'; seconds: number } | { do: 'revoke' }
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('wait' as const), seconds: fc.integer({ min: 1, max: 5_000_000 }) }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('wait' as const), seconds: fc.integer({ min: 1, max: 900 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('revoke' as const) }) },
)

t.test('at any time one key signs, it was published for long enough, and its tokens verify', async (t) => {
  const property = fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
    let now = start
    let keys = bringUpToDate([], now)
    let emergency = false
    // The last time at which a node signed with each key. A node may be late.
    const lastSigned = new Map<string, number>()
    const retired = new Set<string>()
    let signed = keys[0]?.kid
    for (const one of steps) {
      if (one.do === 'wait') {
        // A node may still use its keys from before this step, up to this moment.
        const [signing] = withStates(keys, now)
        const until = now + one.seconds * second
        const handOver = withStates(keys, until)[0]
        const usedUntil =
          handOver?.kid === signing?.kid ? until : Math.min(until, handOver!.signsFrom + signsWithoutNewsMs)
        lastSigned.set(signing!.kid, usedUntil)
        now = until
      } else {
        emergency = true
        const [signing] = withStates(keys, now)
        keys = keys.map((key) => (key.kid === signing!.kid ? { ...key, revokedAt: now } : key))
      }
      keys = bringUpToDate(keys, now)
      const states = withStates(keys, now)
      const [signing] = states
      if (signing?.state !== 'signing' || signing.revokedAt !== null) throw new Error('no key signs')
      if (states.filter(({ state }) => state === 'signing').length !== 1) throw new Error('two keys sign')
      if (!states.some(({ state }) => state === 'next')) throw new Error('there is no next key')
      if (signed !== undefined && signing.kid !== signed) retired.add(signed)
      signed = signing.kid
      if (retired.has(signed)) throw new Error('a retired key signs again')
      for (const [kid, at] of lastSigned) {
        const key = states.find((candidate) => candidate.kid === kid)
        if (key?.revokedAt || at + tokenSeconds * second <= now) continue
        if (!key || key.state === 'gone') throw new Error(`${kid} is gone, and one of its tokens has not expired`)
      }
      if (!emergency && signing.kid !== keys[0]?.kid && signing.signsFrom > now)
        throw new Error('a key signs before its time')
      const waited = signing.signsFrom - signing.publishedAt
      if (!emergency && signing.publishedAt !== start && waited < timing.leadMs)
        throw new Error(`the key was published for only ${waited} ms`)
    }
  })
  t.doesNotThrow(() => fc.assert(property, runs(500)))
})

t.test('a revoked key is listed until its last token has expired, and then removed', async (t) => {
  const [signing, next] = bringUpToDate([], start)
  const revokedAt = start + second
  const keys = bringUpToDate([{ ...signing!, revokedAt }, next!], revokedAt)
  const stateAt = (now: number) => withStates(keys, now).find(({ kid }) => kid === signing!.kid)?.state
  const last = revokedAt + 40 * second + tokenSeconds * second
  t.equal(stateAt(last - 1), 'revoked')
  t.equal(stateAt(last), 'gone')
})

t.test('a next key that is revoked is revoked at once', async (t) => {
  const [signing, next] = bringUpToDate([], start)
  const keys = [signing!, { ...next!, revokedAt: start }]
  t.same(
    withStates(keys, start).map(({ state }) => state),
    ['signing', 'revoked'],
  )
})

t.test('next keys come in the order in which they will sign, and older keys newest first', async (t) => {
  const key = (kid: string, days: number): KeyTimes => {
    return { kid, publishedAt: start, signsFrom: start + days * 86_400 * second, revokedAt: null, tokenSeconds }
  }
  const longLived = (kid: string, days: number) => ({ ...key(kid, days), tokenSeconds: 100 * 86_400 })
  const keys = [longLived('older', -2), key('later', 2), key('signing', 0), longLived('oldest', -3), key('sooner', 1)]
  const listed = withStates(keys, start)
  t.same(
    listed.map(({ kid, state }) => `${kid}: ${state}`),
    ['signing: signing', 'sooner: next', 'later: next', 'older: retiring', 'oldest: retiring'],
  )
})
