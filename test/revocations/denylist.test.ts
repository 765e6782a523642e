import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import t from 'tap'
import { createMonotonicClock } from '../../src/clock/monotonic-clock.ts'
import { createDenylist, type Revocation } from '../../src/revocations/denylist.ts'
import type { Principal } from '../../src/tokens/principal.ts'
import { runs } from '../setup/properties.ts'

const start = 1_800_000_000_000
const hour = 3600_000

const principal = (more: Partial<Principal>): Principal => ({
  userId: 'u0',
  sessionId: 's0',
  tokenId: 'x',
  keyId: 'k0',
  roles: [],
  tokenVersion: 0,
  authTime: 0,
  amr: [],
  acr: 'aal1',
  issuedAt: start / 1000,
  expiresAt: start / 1000 + 600,
  scope: undefined,
  ...more,
})
const revokedSession = (subject: string, userId: string, createdAt = start): Revocation => ({
  kind: 'session',
  subject,
  userId,
  minTokenVersion: null,
  createdAt,
})
const raisedVersion = (userId: string, minTokenVersion: number): Revocation => ({
  kind: 'user',
  subject: userId,
  userId,
  minTokenVersion,
  createdAt: start,
})

t.test('a revoked session is denied, and another session of the same user is not', async (t) => {
  const denylist = createDenylist({ maxEntries: 10, clock: () => start })
  denylist.add(revokedSession('s1', 'u1'))
  t.equal(denylist.has(principal({ sessionId: 's1', userId: 'u1' })), true)
  t.equal(denylist.has(principal({ sessionId: 's2', userId: 'u1' })), false)
})

t.test('a raised token version denies older tokens of the user, and never sinks', async (t) => {
  const denylist = createDenylist({ maxEntries: 10, clock: () => start })
  denylist.add(raisedVersion('u1', 3))
  denylist.add(raisedVersion('u1', 2))
  t.equal(denylist.has(principal({ userId: 'u1', tokenVersion: 2 })), true)
  t.equal(denylist.has(principal({ userId: 'u1', tokenVersion: 3 })), false)
  t.equal(denylist.has(principal({ userId: 'u2', tokenVersion: 0 })), false)
})

t.test('a full denylist denies the earlier tokens of the users of its sessions, and of no other user', async (t) => {
  const denylist = createDenylist({ maxEntries: 4, clock: () => start })
  for (const [session, user] of ['u1', 'u1', 'u2', 'u2', 'u2'].entries())
    denylist.add(revokedSession(`s${session}`, user))
  t.equal(denylist.size(), 2, 'one entry for each user')
  const isDenied = (userId: string, seconds: number) =>
    denylist.has(principal({ userId, sessionId: 'other', tokenVersion: 9, issuedAt: start / 1000 + seconds }))
  for (const user of ['u1', 'u2']) t.ok(isDenied(user, 0), `${user} before`)
  denylist.add(raisedVersion('u1', 1))
  denylist.add(revokedSession('s9', 'u2'))
  for (const user of ['u1', 'u2']) {
    t.ok(isDenied(user, 0), `${user} after another revocation`)
    t.notOk(isDenied(user, 6), `${user} with a later token`)
  }
  t.notOk(isDenied('u3', 0))
  t.notOk(isDenied('', 0))
})

t.test('an older revocation does not make the entry of a user expire earlier', async (t) => {
  let now = start
  const denylist = createDenylist({ maxEntries: 10, clock: () => now })
  denylist.add({ ...raisedVersion('u1', 2), createdAt: start + hour / 2 })
  denylist.add(raisedVersion('u1', 1))
  now = start + hour + 2 * 60_000
  denylist.purge()
  t.ok(denylist.has(principal({ userId: 'u1', tokenVersion: 1 })))
})

t.test(
  'an entry is removed when its tokens have expired, and a clock that is set back does not revive them',
  async (t) => {
    let machine = start
    const denylist = createDenylist({ maxEntries: 10, clock: createMonotonicClock(() => machine) })
    denylist.add(revokedSession('s1', 'u1'))
    machine = start + hour
    denylist.purge()
    t.equal(
      denylist.has(principal({ sessionId: 's1' })),
      true,
      'after an hour, a token with the longest life may still be valid',
    )
    machine = start + 2 * hour
    denylist.purge()
    t.equal(denylist.size(), 0)
    denylist.add(revokedSession('s2', 'u2', start + 2 * hour))
    machine = start - hour
    denylist.purge()
    t.equal(denylist.has(principal({ sessionId: 's2', issuedAt: start / 1000 + 7200 })), true)
  },
)

t.test('with any bound, revoked tokens stay denied and the denylist stays bounded', async (t) => {
  const revocation = fc.oneof(
    fc.tuple(fc.nat({ max: 60 }), fc.nat({ max: 20 })).map(([s, u]) => revokedSession(`s${s}`, `u${u}`)),
    fc.tuple(fc.nat({ max: 20 }), fc.integer({ min: 1, max: 4 })).map(([u, v]) => raisedVersion(`u${u}`, v)),
  )
  const property = fc.property(
    fc.array(revocation, { maxLength: 80 }),
    fc.integer({ min: 1, max: 30 }),
    (all, maxEntries) => {
      const denylist = createDenylist({ maxEntries, clock: () => start })
      for (const [i, one] of all.entries()) {
        denylist.add(one)
        if (denylist.size() > maxEntries) throw new Error(`${denylist.size()} entries`)
        for (const { kind, subject, userId, minTokenVersion } of all.slice(0, i + 1)) {
          const victim =
            kind === 'session'
              ? principal({ sessionId: subject, userId: userId ?? '', tokenVersion: 9 })
              : principal({ userId: subject, tokenVersion: (minTokenVersion ?? 0) - 1 })
          if (!denylist.has(victim)) throw new Error(`${kind} ${subject} is let in again`)
        }
      }
      const fresh = principal({ userId: 'u1', sessionId: 'new', tokenVersion: 9, issuedAt: start / 1000 + 6 })
      if (denylist.has(fresh)) throw new Error('a token made later is denied')
    },
  )
  t.doesNotThrow(() => fc.assert(property, runs(300)))
})

t.test('the tokens of a revoked key, and no others, are denied until they have expired', async (t) => {
  let now = start
  const denylist = createDenylist({ maxEntries: 10, clock: () => now })
  denylist.add({ kind: 'key', subject: 'k1', userId: null, minTokenVersion: null, createdAt: start })
  t.ok(denylist.has(principal({ keyId: 'k1' })))
  t.notOk(denylist.has(principal({ keyId: 'k2' })))
  now = start + 59 * 60_000
  denylist.purge()
  t.ok(denylist.has(principal({ keyId: 'k1' })))
  now = start + 62 * 60_000
  denylist.purge()
  t.equal(denylist.size(), 0)
})

t.test('the denylist holds a million sessions', async (t) => {
  const before = process.memoryUsage().heapUsed
  const denylist = createDenylist({ maxEntries: 2_000_000, clock: () => start })
  const ids = Array.from({ length: 1_000_000 }, () => randomUUID())
  for (const id of ids) denylist.add(revokedSession(id, id))
  t.equal(denylist.size(), 1_000_000)
  t.equal(denylist.has(principal({ sessionId: ids[500_000] ?? '' })), true)
  t.equal(denylist.has(principal({ sessionId: 'other' })), false)
  t.comment(`${Math.round((process.memoryUsage().heapUsed - before) / 1e6)} MB for a million sessions, ids included`)
})
