/**
 * Remembers tokens that verified: a signature costs about as much as reading a session, and a client sends the same token
 * with many requests. Only successes, by the whole token, no longer than the token lives and no longer than the keys stay
 * the same. A token that does not verify can neither get in nor push another out.
 */
import { maxTokenBytes } from './access-token.ts'
import { clockSkewSeconds, type Principal, type VerifyAccessToken } from './verify-access-token.ts'

type Dependencies = {
  verifyAccessToken: VerifyAccessToken
  /** Another object whenever the keys that verify have changed. */
  keySet: () => object
  /** Milliseconds since 1970, never backwards: the clock that `verifyAccessToken` goes by. */
  clock: () => number
  /** 0 remembers nothing; else it is 2 at least. */
  maxEntries: number
  /** Of all entries together. */
  maxBytes?: number
}
type Entry = { readonly token: string; readonly principal: Principal }

export type TokenCacheStats = {
  readonly entries: number
  readonly bytes: number
  /** Verifications that were answered from memory, and those that were not, since the start. */
  readonly hits: number
  readonly misses: number
  /** Entries that had to make room, since the start. */
  readonly evictions: number
}

// What an entry takes beside its token: the principal, its strings, and a place in the map.
const entryBytes = 800
const defaultMaxBytes = 64 * 1024 * 1024

/** Verifies as `verifyAccessToken` does, with the same outcome for the same token at the same moment. */
export function createTokenCache({
  verifyAccessToken,
  keySet,
  clock,
  maxEntries,
  maxBytes = defaultMaxBytes,
}: Dependencies) {
  // Two halves: what is used moves to the young one, and once that is full, whatever is still in the old one goes.
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
    /** The principal of a valid token. Ends in `invalid_token`. */
    verify: (token: string): Principal => {
      if (maxEntries === 0 || token.length > maxTokenBytes) return verifyAccessToken(token)
      const keys = keySet()
      if (keys !== madeWith) {
        clear()
        madeWith = keys
      }
      const known = young.get(token) ?? takeFromOld(token)
      if (known && isInItsTime(known.principal, clock())) {
        hits++
        return known.principal
      }
      misses++
      // Of an expired one too: it says why it refuses.
      const principal = verifyAccessToken(token)
      remember({ token: copyOf(token), principal })
      return principal
    },

    stats: (): TokenCacheStats => ({
      entries: young.size + old.size,
      bytes: youngBytes + oldBytes,
      hits,
      misses,
      evictions,
    }),
  }
}

export type TokenCache = ReturnType<typeof createTokenCache>

/** What `verifyAccessToken` asks of the clock; `now` in milliseconds. */
const isInItsTime = ({ issuedAt, expiresAt }: Principal, now: number): boolean =>
  expiresAt * 1000 > now && (issuedAt - clockSkewSeconds) * 1000 <= now

/** A part of a header keeps the whole header in memory; a copy does not. A token that verified is ASCII. */
const copyOf = (token: string): string => Buffer.from(token, 'latin1').toString('latin1')
