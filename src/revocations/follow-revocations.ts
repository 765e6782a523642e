/**
 * Keeps the denylist of this node up to date. The node reads new revocations every second, and at once when the database
 * notifies it. Reading every second suffices; a notification is only faster.
 */
import { createBackgroundLoop } from '../clock/background-loop.ts'
import type { Principal } from '../tokens/principal.ts'
import { createDenylist, type Denylist } from './denylist.ts'
import { openRevocationReader, type RevocationReader } from './revocation-store.ts'

export type RevocationFollower = {
  /** Starts to follow. Resolves when the denylist is loaded for the first time; rejects if that fails. */
  start(): Promise<void>

  /** Denies a session on this node at once. Call it after the commit that ended the session: the feed comes later. */
  denySession(sessionId: string, userId: string): void

  /** Denies the tokens of a user that have a lower version, on this node at once. Call it after the commit. */
  denyUser(userId: string, minTokenVersion: number): void

  /** Whether the principal's token is revoked, as far as this node knows. Reads memory only. */
  isRevoked: (principal: Principal) => boolean

  /** Calls the listener for each revocation, as soon as `isRevoked` knows of it. Returns a function that ends this. */
  onRevoked: Denylist['onAdd']

  /**
   * Resolves after the node's next read that found a revocation, or that failed. Such a read replaces the promise, so the listeners of
   * clients that wait again and again do not pile up on it.
   */
  nextNews: () => Promise<void>

  /** The age of the denylist in milliseconds; Infinity until it is loaded. */
  ageMs: () => number

  /** For metrics: the number of entries, the age in milliseconds, the last sequence number. */
  stats(): { size: number; ageMs: number; lastSeq: bigint }

  stop(): Promise<void>
}

type Dependencies = {
  connectionString: string
  /** Whether to LISTEN. LISTEN does not work through a pooler that shares connections between transactions. */
  listen: boolean
  clock: () => number
  onError: (error: Error) => void
  /** Called when a key was revoked, maybe more than once. */
  onKeyRevoked?: () => void
  maxEntries?: number
}

const lookEveryMs = 1000
// A purge visits every entry, so it must not run at each of a hundred notifications a second.
const purgeEveryMs = 500
const sweepEveryMs = 300_000

export function createRevocationFollower(dependencies: Dependencies): RevocationFollower {
  const { connectionString, listen, clock, onError, onKeyRevoked = () => {}, maxEntries = 1_000_000 } = dependencies
  const denylist = createDenylist({ maxEntries, clock })
  let reader: RevocationReader | undefined
  let nextNews = Promise.withResolvers<void>()
  // By performance.now(), because the age of the denylist must not depend on the machine's time of day.
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

  /** Returns whether there was a revocation. */
  async function look(): Promise<boolean> {
    reader ??= await open()
    const from = performance.now()
    // The database's clock may be an hour behind ours. The denied tokens expire by our clock, so the entry must not expire
    // earlier than a token that is issued now.
    const heardAt = clock()
    let found = false
    await reader.read((revocation) => {
      found = true
      denylist.add({ ...revocation, createdAt: Math.max(revocation.createdAt, heardAt) })
      if (revocation.kind === 'key') onKeyRevoked()
    })
    freshAt = from
    lastSeq = reader?.lastSeq() ?? lastSeq
    if (from >= purgeAt) {
      purgeAt = from + purgeEveryMs
      denylist.purge()
    }
    if (from >= sweepAt) {
      sweepAt = from + sweepEveryMs
      await reader?.sweep()
    }
    return found
  }

  async function turn(): Promise<void> {
    let isNews = true
    try {
      isNews = await look()
    } catch (error) {
      const broken = reader
      reader = undefined
      void broken?.close().catch(() => {})
      throw error
    } finally {
      if (isNews) {
        nextNews.resolve()
        nextNews = Promise.withResolvers()
      }
    }
  }

  // After a failure the loss of the connection must not end the pause. Otherwise a database that refuses connections would be
  // asked for one again and again without a pause.
  const loop = createBackgroundLoop({ turn, pauseMs: () => lookEveryMs, retryMs: lookEveryMs / 4, onError })

  const ageMs = (): number => (freshAt === undefined ? Infinity : performance.now() - freshAt)

  return {
    async start() {
      await look()
      loop.start()
    },

    denySession: (sessionId, userId) =>
      denylist.add({ kind: 'session', subject: sessionId, userId, minTokenVersion: null, createdAt: clock() }),

    denyUser: (userId, minTokenVersion) =>
      denylist.add({ kind: 'user', subject: userId, userId, minTokenVersion, createdAt: clock() }),

    isRevoked: (principal) => denylist.has(principal),
    onRevoked: denylist.onAdd,
    nextNews: () => nextNews.promise,
    ageMs,
    stats: () => ({ size: denylist.size(), ageMs: ageMs(), lastSeq }),

    async stop() {
      await loop.stop()
      await reader?.close().catch(() => {})
    },
  }
}
