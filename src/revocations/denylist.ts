/**
 * The sessions, people and keys whose access tokens are denied, in memory: asked on every request, it reads nothing else.
 * It is bounded. Where it would grow past its bound it gets coarser and denies more, never less: sessions of one person
 * become that person, people become everybody, each for tokens made before now; whose session lives refreshes.
 */
import type { Principal } from '../tokens/verify-access-token.ts'

export type Revocation = {
  readonly kind: 'session' | 'user' | 'key'
  readonly subject: string
  /** Whose it is; null for a key. */
  readonly userId: string | null
  readonly minTokenVersion: number | null
  /** Milliseconds since 1970, by the database's clock. */
  readonly createdAt: number
}

type PersonEntry = { minTokenVersion: number; issuedBefore: number; until: number }

// The longest life an access token can be given, and then some for clocks that differ and commits that take long.
const tokenLifeMs = 3600_000 + 60_000
// Clocks of nodes differ by this much at most while they are ready.
const skewMs = 5_000

/** `maxEntries` of sessions and people together. `clock` in milliseconds since 1970, never backwards. */
export function createDenylist({ maxEntries, clock }: { maxEntries: number; clock: () => number }) {
  const sessions = new Map<string, { userId: string; until: number }>()
  const people = new Map<string, PersonEntry>()
  const keys = new Map<string, { until: number }>()
  let everybodyBefore = 0

  const denyPerson = (userId: string, more: Partial<PersonEntry> & { until: number }) => {
    const known = people.get(userId)
    people.set(userId, {
      minTokenVersion: Math.max(known?.minTokenVersion ?? 0, more.minTokenVersion ?? 0),
      issuedBefore: Math.max(known?.issuedBefore ?? 0, more.issuedBefore ?? 0),
      until: Math.max(known?.until ?? 0, more.until),
    })
  }

  /** Turns every session entry into one of its person, and if that is not enough, all of them into one of everybody. */
  const coarsen = () => {
    const issuedBefore = clock() + skewMs
    for (const { userId, until } of sessions.values()) {
      denyPerson(userId, { issuedBefore, until })
      if (people.size > maxEntries / 2) break
    }
    sessions.clear()
    if (people.size <= maxEntries / 2) return
    people.clear()
    everybodyBefore = issuedBefore
  }

  return {
    /** Takes a revocation in. Knowing it already changes nothing. */
    add({ kind, subject, userId, minTokenVersion, createdAt }: Revocation): void {
      const until = createdAt + tokenLifeMs
      if (until <= clock()) return
      if (kind === 'key') keys.set(subject, { until })
      else if (kind === 'session') sessions.set(subject, { userId: userId ?? '', until })
      else denyPerson(subject, { minTokenVersion: minTokenVersion ?? 0, until })
      if (sessions.size + people.size > maxEntries) coarsen()
    },

    /** Whether the principal's token has been ended before its time. */
    has({ sessionId, userId, keyId, tokenVersion, issuedAt }: Principal): boolean {
      if (sessions.has(sessionId) || keys.has(keyId) || issuedAt * 1000 < everybodyBefore) return true
      const person = people.get(userId)
      return person !== undefined && (tokenVersion < person.minTokenVersion || issuedAt * 1000 < person.issuedBefore)
    },

    /** Forgets what can end no token any more, because all that it could end have expired. */
    purge(): void {
      const now = clock()
      for (const map of [sessions, people, keys]) for (const [key, { until }] of map) if (until <= now) map.delete(key)
    },

    size: () => sessions.size + people.size + keys.size,
  }
}

export type Denylist = ReturnType<typeof createDenylist>
