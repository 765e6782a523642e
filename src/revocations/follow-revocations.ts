/**
 * Keeps this node's set of denied tokens up to date: looks every second, and at once when the database says that there is
 * something new. Looking alone suffices; being told is only faster.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Principal } from '../tokens/verify-access-token.ts'
import { createDenylist } from './denylist.ts'
import { openRevocationReader, type RevocationReader } from './revocation-store.ts'

type Options = {
  connectionString: string
  /** Whether to LISTEN; not through a pooler that shares connections between transactions. */
  listen: boolean
  clock: () => number
  onError: (error: Error) => void
  /** Hears of keys that were revoked. Maybe more than once. */
  onKeyRevoked?: () => void
  maxEntries?: number
}

const lookEveryMs = 1000
// It takes as long as there are entries: not at every one of a hundred notifications a second.
const purgeEveryMs = 500
const sweepEveryMs = 300_000

export function createRevocationFollower(options: Options) {
  const { connectionString, listen, clock, onError, onKeyRevoked = () => {}, maxEntries = 1_000_000 } = options
  const denied = createDenylist({ maxEntries, clock })
  const stopped = new AbortController()
  let reader: RevocationReader | undefined
  let wake: () => void = () => {}
  let nextLook = Promise.withResolvers<void>()
  // performance.now(): the age of the set is a duration, whatever happens to the machine's time.
  let freshAt: number | undefined
  let purgeAt = 0
  let sweepAt = 0
  let lastSeq = 0n

  async function open(): Promise<RevocationReader> {
    let opened: RevocationReader | undefined
    opened = await openRevocationReader({
      connectionString,
      listen,
      onNotify: () => wake(),
      onLost: () => {
        if (opened && reader === opened) reader = undefined
        wake()
      },
    })
    return opened
  }

  async function look(): Promise<void> {
    reader ??= await open()
    const from = performance.now()
    // What it ends may live as long from now by our clock, if not by the database's: that may be an hour behind.
    const heardAt = clock()
    await reader.read((revocation) => {
      denied.add({ ...revocation, createdAt: Math.max(revocation.createdAt, heardAt) })
      if (revocation.kind === 'key') onKeyRevoked()
    })
    freshAt = from
    lastSeq = reader?.lastSeq() ?? lastSeq
    if (from >= purgeAt) {
      purgeAt = from + purgeEveryMs
      denied.purge()
    }
    if (from >= sweepAt) {
      sweepAt = from + sweepEveryMs
      await reader?.sweep()
    }
  }

  async function follow(): Promise<void> {
    while (!stopped.signal.aborted) {
      const told = new Promise<void>((resolve) => (wake = resolve))
      try {
        await look()
      } catch (error) {
        const broken = reader
        reader = undefined
        void broken?.close().catch(() => {})
        if (!stopped.signal.aborted) onError(error as Error)
      }
      nextLook.resolve()
      nextLook = Promise.withResolvers()
      // A reader that was just lost is opened again after a pause, not in a loop.
      const pause = sleep(reader ? lookEveryMs : lookEveryMs / 4, undefined, { signal: stopped.signal }).catch(() => {})
      await (reader ? Promise.race([told, pause]) : pause)
    }
    await reader?.close().catch(() => {})
  }

  let following: Promise<void> | undefined

  /** How old the set is, in milliseconds; Infinity until it is loaded. */
  const ageMs = (): number => (freshAt === undefined ? Infinity : performance.now() - freshAt)

  return {
    /** Begins to follow. Resolves when the set is loaded for the first time, or with the first failure to. */
    async start(): Promise<void> {
      await look()
      following ??= follow()
    },

    /** Denies a session at once on this node, ahead of the feed: for whoever has just committed its end. */
    denySession: (sessionId: string, userId: string): void =>
      denied.add({ kind: 'session', subject: sessionId, userId, minTokenVersion: null, createdAt: clock() }),

    /** The same for tokens of a person with a lower version. */
    denyPerson: (userId: string, minTokenVersion: number): void =>
      denied.add({ kind: 'user', subject: userId, userId, minTokenVersion, createdAt: clock() }),

    /** Whether the principal's token has been revoked, as far as this node knows. Reads memory only. */
    isRevoked: (principal: Principal): boolean => denied.has(principal),

    /**
     * Resolves when this node has next looked, or failed to: soon, so that nothing piles up on a promise that is waited for
     * again and again.
     */
    looked: (): Promise<void> => nextLook.promise,

    ageMs,

    /** For metrics: entries, age in milliseconds, last sequence number. */
    stats: () => ({ size: denied.size(), ageMs: ageMs(), lastSeq }),

    async stop(): Promise<void> {
      stopped.abort()
      await following
      await reader?.close().catch(() => {})
    },
  }
}

export type RevocationFollower = ReturnType<typeof createRevocationFollower>
