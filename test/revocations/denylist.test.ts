import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import t from 'tap'
import { createMonotonicClock } from '../../src/clock/monotonic-clock.ts'
import { createDenylist, type Revocation } from '../../src/revocations/denylist.ts'
import type { Principal } from '../../src/tokens/verify-access-token.ts'
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
  issuedAt: start / 1000,
  expiresAt: start / 1000 + 600,
  scope: undefined,
  ...more,
})
const ended = (subject: string, userId: string, createdAt = start): Revocation => ({
  kind: 'session',
  subject,
  userId,
  minTokenVersion: null,
  createdAt,
})
const raised = (userId: string, minTokenVersion: number): Revocation => ({
  kind: 'user',
  subject: userId,
  userId,
  minTokenVersion,
  createdAt: start,
})

t.test('a session that ended is denied, another of the same person is not', async (t) => {
  const denied = createDenylist({ maxEntries: 10, clock: () => start })
  denied.add(ended('s1', 'u1'))
  t.equal(denied.has(principal({ sessionId: 's1', userId: 'u1' })), true)
  t.equal(denied.has(principal({ sessionId: 's2', userId: 'u1' })), false)
})

t.test('a raised version denies older tokens of the person, and never sinks', async (t) => {
  const denied = createDenylist({ maxEntries: 10, clock: () => start })
  denied.add(raised('u1', 3))
  denied.add(raised('u1', 2))
  t.equal(denied.has(principal({ userId: 'u1', tokenVersion: 2 })), true)
  t.equal(denied.has(principal({ userId: 'u1', tokenVersion: 3 })), false)
  t.equal(denied.has(principal({ userId: 'u2', tokenVersion: 0 })), false)
})

t.test('an entry goes when nothing it could end is alive, and a clock set back revives nothing', async (t) => {
  let machine = start
  const denied = createDenylist({ maxEntries: 10, clock: createMonotonicClock(() => machine) })
  denied.add(ended('s1', 'u1'))
  machine = start + hour
  denied.purge()
  t.equal(denied.has(principal({ sessionId: 's1' })), true, 'after an hour a token of the longest life may be alive')
  machine = start + 2 * hour
  denied.purge()
  t.equal(denied.size(), 0)
  denied.add(ended('s2', 'u2', start + 2 * hour))
  machine = start - hour
  denied.purge()
  t.equal(denied.has(principal({ sessionId: 's2', issuedAt: start / 1000 + 7200 })), true)
})

t.test('however small the bound, what was revoked stays denied, and memory stays bounded', async (t) => {
  const revocation = fc.oneof(
    fc.tuple(fc.nat({ max: 60 }), fc.nat({ max: 20 })).map(([s, u]) => ended(`s${s}`, `u${u}`)),
    fc.tuple(fc.nat({ max: 20 }), fc.integer({ min: 1, max: 4 })).map(([u, v]) => raised(`u${u}`, v)),
  )
  const property = fc.property(
    fc.array(revocation, { maxLength: 80 }),
    fc.integer({ min: 1, max: 30 }),
    (all, maxEntries) => {
      const denied = createDenylist({ maxEntries, clock: () => start })
      for (const [i, one] of all.entries()) {
        denied.add(one)
        if (denied.size() > maxEntries) throw new Error(`${denied.size()} entries`)
        for (const { kind, subject, userId, minTokenVersion } of all.slice(0, i + 1)) {
          const victim =
            kind === 'session'
              ? principal({ sessionId: subject, userId: userId ?? '', tokenVersion: 9 })
              : principal({ userId: subject, tokenVersion: (minTokenVersion ?? 0) - 1 })
          if (!denied.has(victim)) throw new Error(`${kind} ${subject} is let in again`)
        }
      }
      const fresh = principal({ userId: 'u1', sessionId: 'new', tokenVersion: 9, issuedAt: start / 1000 + 6 })
      if (denied.has(fresh)) throw new Error('a token made later is denied')
    },
  )
  t.doesNotThrow(() => fc.assert(property, runs(300)))
})

t.test('a revoked key ends every token it signed, and no other, until they have expired', async (t) => {
  let now = start
  const denied = createDenylist({ maxEntries: 10, clock: () => now })
  denied.add({ kind: 'key', subject: 'k1', userId: null, minTokenVersion: null, createdAt: start })
  t.ok(denied.has(principal({ keyId: 'k1' })))
  t.notOk(denied.has(principal({ keyId: 'k2' })))
  now = start + 59 * 60_000
  denied.purge()
  t.ok(denied.has(principal({ keyId: 'k1' })))
  now = start + 62 * 60_000
  denied.purge()
  t.equal(denied.size(), 0)
})

t.test('a million entries', async (t) => {
  const before = process.memoryUsage().heapUsed
  const denied = createDenylist({ maxEntries: 2_000_000, clock: () => start })
  const ids = Array.from({ length: 1_000_000 }, () => randomUUID())
  for (const id of ids) denied.add(ended(id, id))
  t.equal(denied.size(), 1_000_000)
  t.equal(denied.has(principal({ sessionId: ids[500_000] ?? '' })), true)
  t.equal(denied.has(principal({ sessionId: 'other' })), false)
  t.comment(`${Math.round((process.memoryUsage().heapUsed - before) / 1e6)} MB for a million sessions, ids included`)
})
