/**
 * Caches verified tokens, because a signature costs about as much as reading a session, and a client sends the same token with many
 * requests. Only successes are cached, by the whole token, never past `exp`, and only while the keys stay the same. A token that does
 * not verify neither enters the cache nor evicts another.
 */
import { maxTokenBytes } from './claims.ts'
import type { Principal } from './principal.ts'
import { clockSkewSeconds, type VerifyAccessToken } from './verify-access-token.ts'

type Dependencies = {
  verifyAccessToken: VerifyAccessToken
  /** Returns another object whenever the keys that verify have changed. */
  keySet: () => object
  /** Milliseconds since 1970, never backwards. It is the same clock that `verifyAccessToken` uses. */
  clock: () => number
  /** With 0 nothing is cached. Otherwise it is at least 2. */
  maxEntries: number
  /** The tolerance of `verifyAccessToken`. */
  toleranceSeconds?: number
  /** The most bytes of all entries together. */
  maxBytes?: number
}
type Entry = { readonly token: string; readonly principal: Principal }

export type TokenCacheStats = {
  readonly entries: number
  readonly bytes: number
  /** Verifications that were answered from the cache, and those that were not, since the start. */
  readonly hits: number
  readonly misses: number
  /** Entries that were dropped to make room, since the start. */
  readonly evictions: number
}

// The memory of an entry beside its token: the principal, its strings, and a slot in the map.
const entryBytes = 800
const defaultMaxBytes = 64 * 1024 * 1024

export type TokenCache = {
  /** The principal of a valid token. Ends in `invalid_token` or `token_expired`. The outcome is that of `verifyAccessToken` at the same moment. */
  readonly verify: VerifyAccessToken
  readonly stats: () => TokenCacheStats
}

export function createTokenCache(dependencies: Dependencies): TokenCache {
  const { verifyAccessToken, keySet, clock, maxEntries, maxBytes = defaultMaxBytes } = dependencies
  const { toleranceSeconds = clockSkewSeconds } = dependencies
  // The cache has two halves. A used entry moves to the young half. When that is full, the old half is dropped.
  const half = { entries: Math.max(1, Math.floor(maxEntries / 2)), bytes: maxBytes / 2 }
  let young = new Map<string, Entry>()
  let old = new Map<string, Entry>()
  let youngBytes = 0
  let oldBytes = 0
  let madeWith: object | undefined
  let hits = 0
  let misses = 0
  let evictions = 0

  const clear = () => {
    young = new Map()
    old = new Map()
    youngBytes = oldBytes = 0
  }

  const remember = (entry: Entry) => {
    const bytes = entry.token.length + entryBytes
    if (young.size >= half.entries || youngBytes + bytes > half.bytes) {
      evictions += old.size
      old = young
      oldBytes = youngBytes
      young = new Map()
      youngBytes = 0
    }
    young.set(entry.token, entry)
    youngBytes += bytes
  }

  const takeFromOld = (token: string): Entry | undefined => {
    const entry = old.get(token)
    if (!entry) return undefined
    old.delete(token)
    oldBytes -= token.length + entryBytes
    remember(entry)
    return entry
  }

  return {
    verify: (token) => {
      if (maxEntries === 0 || token.length > maxTokenBytes) return verifyAccessToken(token)
      const keys = keySet()
      if (keys !== madeWith) {
        clear()
        madeWith = keys
      }
      const known = young.get(token) ?? takeFromOld(token)
      if (known && isInItsTime(known.principal, clock(), toleranceSeconds)) {
        hits++
        return known.principal
      }
      misses++
      // An expired token is verified again, because the verification tells the reason.
      const principal = verifyAccessToken(token)
      remember({ token: copyOf(token), principal })
      return principal
    },

    stats: () => ({
      entries: young.size + old.size,
      bytes: youngBytes + oldBytes,
      hits,
      misses,
      evictions,
    }),
  }
}

/** The checks of times that `verifyAccessToken` makes. `now` is in milliseconds. */
const isInItsTime = ({ issuedAt, expiresAt }: Principal, now: number, toleranceSeconds: number): boolean =>
  expiresAt * 1000 > now && (issuedAt - toleranceSeconds) * 1000 <= now

const toUtf8 = new TextEncoder()
const fromUtf8 = new TextDecoder()

/** A copy, because a slice of a header would keep the whole header in memory. A verified token is ASCII. */
const copyOf = (token: string): string => fromUtf8.decode(toUtf8.encode(token))
