/**
 * Keeps this node's set of denied tokens up to date: looks every second, and at once when the database says that there is
 * something new. Looking alone suffices; being told is only faster.
 */
import { createBackgroundLoop } from '../clock/background-loop.ts'
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
  let reader: RevocationReader | undefined
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
      onNotify: loop.wake,
      onLost: () => {
        if (opened && reader === opened) reader = undefined
        loop.wake()
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

  async function turn(): Promise<void> {
    try {
      await look()
    } catch (error) {
      const broken = reader
      reader = undefined
      void broken?.close().catch(() => {})
      throw error
    } finally {
      nextLook.resolve()
      nextLook = Promise.withResolvers()
    }
  }

  // After a failure the loss of the connection must not end the pause. Otherwise a database that refuses connections would be
  // asked for one again and again without a pause.
  const loop = createBackgroundLoop({ turn, pauseMs: () => lookEveryMs, retryMs: lookEveryMs / 4, onError })

  /** How old the set is, in milliseconds; Infinity until it is loaded. */
  const ageMs = (): number => (freshAt === undefined ? Infinity : performance.now() - freshAt)

  return {
    /** Begins to follow. Resolves when the set is loaded for the first time, or with the first failure to. */
    async start(): Promise<void> {
      await look()
      loop.start()
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
      await loop.stop()
      await reader?.close().catch(() => {})
    },
  }
}

export type RevocationFollower = ReturnType<typeof createRevocationFollower>
