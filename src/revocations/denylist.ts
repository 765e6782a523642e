/**
 * The denylist: the revoked sessions, users and keys that this node holds in memory. Every request is checked against it,
 * and that check reads nothing but memory. This folder also owns how a node follows the revocations in the database, and
 * the feed that other services follow. The rows themselves are written by database triggers.
 *
 * The denylist is bounded. When it is full, it becomes coarser and denies more tokens, never fewer: the entries of sessions
 * become entries of their users, and entries of users become one entry for all users. A coarse entry denies tokens that were
 * issued before now. A user with a live session gets a new token by a refresh.
 */
import type { Principal } from '../tokens/principal.ts'

/** A fact that ends access tokens before their `exp`. */
export type Revocation = {
  readonly kind: 'session' | 'user' | 'key'
  /** The id of the session, of the user or of the key. */
  readonly subject: string
  /** The user of the session, or the user itself; null for a key. */
  readonly userId: string | null
  /** For a user: tokens with a lower version are denied. */
  readonly minTokenVersion: number | null
  /** Milliseconds since 1970, by the database's clock. */
  readonly createdAt: number
}

export type Denylist = {
  /** Adds a revocation. Adding it twice changes nothing. */
  add(revocation: Revocation): void
  /** Whether the principal's token is revoked. */
  has(principal: Principal): boolean
  /** Removes the entries that can deny no token, because every token that they denied has expired. */
  purge(): void
  /** The number of entries. */
  size(): number
  /** Calls the listener after each revocation, until the function that it returns is called. */
  readonly onAdd: (listener: OnAdd) => () => void
}

/** Hears of a revocation. Without a user, it may concern every token. */
export type OnAdd = (userId?: string) => void

type Dependencies = {
  /** The bound on entries of sessions and users together. */
  maxEntries: number
  /** Milliseconds since 1970. Never goes backwards. */
  clock: () => number
}

type UserEntry = { minTokenVersion: number; issuedBefore: number; until: number }

// The longest life of an access token is an hour. The minute covers differing clocks and slow commits.
const tokenLifeMs = 3600_000 + 60_000
// The clocks of ready nodes differ by at most this much.
const skewMs = 5_000

export function createDenylist({ maxEntries, clock }: Dependencies): Denylist {
  const sessions = new Map<string, { userId: string; until: number }>()
  const users = new Map<string, UserEntry>()
  const keys = new Map<string, { until: number }>()
  const listeners = new Set<OnAdd>()
  let allIssuedBefore = 0

  const denyUser = (userId: string, more: Partial<UserEntry> & { until: number }) => {
    const known = users.get(userId)
    users.set(userId, {
      minTokenVersion: Math.max(known?.minTokenVersion ?? 0, more.minTokenVersion ?? 0),
      issuedBefore: Math.max(known?.issuedBefore ?? 0, more.issuedBefore ?? 0),
      until: Math.max(known?.until ?? 0, more.until),
    })
  }

  /** Replaces each session entry by an entry of its user. If these are too many, one entry for all users replaces them. */
  const coarsen = () => {
    const issuedBefore = clock() + skewMs
    for (const { userId, until } of sessions.values()) {
      denyUser(userId, { issuedBefore, until })
      if (users.size > maxEntries / 2) break
    }
    sessions.clear()
    if (users.size <= maxEntries / 2) return
    users.clear()
    allIssuedBefore = issuedBefore
  }

  return {
    add({ kind, subject, userId, minTokenVersion, createdAt }) {
      const until = createdAt + tokenLifeMs
      if (until <= clock()) return
      if (kind === 'key') keys.set(subject, { until })
      else if (kind === 'session') sessions.set(subject, { userId: userId ?? '', until })
      else denyUser(subject, { minTokenVersion: minTokenVersion ?? 0, until })
      const isFull = sessions.size + users.size > maxEntries
      if (isFull) coarsen()
      // Coarser entries deny tokens of other sessions and users too.
      const concerned = isFull || kind === 'key' ? undefined : (userId ?? undefined)
      for (const listener of listeners) listener(concerned)
    },

    has({ sessionId, userId, keyId, tokenVersion, issuedAt }) {
      if (sessions.has(sessionId) || keys.has(keyId) || issuedAt * 1000 < allIssuedBefore) return true
      const user = users.get(userId)
      return user !== undefined && (tokenVersion < user.minTokenVersion || issuedAt * 1000 < user.issuedBefore)
    },

    purge() {
      const now = clock()
      for (const map of [sessions, users, keys]) for (const [key, { until }] of map) if (until <= now) map.delete(key)
    },

    size: () => sessions.size + users.size + keys.size,

    onAdd: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
}
