/**
 * Removes what is over: sessions, links that went out by mail, audit events, mail that could not be sent, attempts that count
 * no more. Every node looks once a minute, one at a time cleans, and half of the time at most: requests come first.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { createBackgroundLoop } from '../clock/background-loop.ts'
import { batchSize, blocksAtOnce, type Cleaner, openCleaner, type Removed } from './cleaning-store.ts'

type Options = {
  connectionString: string
  auditDays: number
  /** Hears of failures: what was left is tried again a minute later. */
  onError: (error: Error) => void
  /** Hears how many rows went, where any did. */
  onCleaned?: (removed: number) => void
  everyMs?: number
  /** How much of the table of sessions one round reads: 64 MiB, which 200,000 sessions fill. */
  blocksARound?: number
}

const shortestPauseMs = 5

type Count = (removed: number) => void

export function createCleaning(options: Options) {
  const { connectionString, auditDays, onError, onCleaned = () => {} } = options
  const { everyMs = 60_000, blocksARound = 8192 } = options
  let nextBlock: number | undefined

  /** Repeats a batch for as long as there is another. Says whether this node may go on: false where another node cleans. */
  async function exhaust(batch: () => Promise<Removed>, count: Count): Promise<boolean> {
    for (;;) {
      const from = performance.now()
      const removed = await batch()
      if (removed === undefined) return false
      count(removed)
      const pauseMs = Math.max(performance.now() - from, shortestPauseMs)
      await sleep(pauseMs, undefined, { signal: loop.signal }).catch(() => {})
      if (removed < batchSize || loop.signal.aborted) return true
    }
  }

  /** Goes on through the sessions where the last round ended, once around at most. */
  async function sessions(cleaner: Cleaner, count: Count): Promise<boolean> {
    const all = await cleaner.sessionBlocks()
    // Somewhere at first: nodes that are started often, or together, do not all read the same part.
    let from = nextBlock ?? blocksAtOnce * Math.floor((Math.random() * all) / blocksAtOnce)
    for (let read = 0; read < Math.min(all, blocksARound) && !loop.signal.aborted; read += blocksAtOnce) {
      if (from >= all) from = 0
      const block = from
      if (!(await exhaust(() => cleaner.sessions(block), count))) return false
      from += blocksAtOnce
      nextBlock = from
    }
    return true
  }

  async function round(): Promise<number> {
    const cleaner = await openCleaner(connectionString)
    try {
      let total = 0
      // Counted batch by batch: another node may take over in the middle of a kind.
      const count = (removed: number) => void (total += removed)
      const kinds = [
        () => exhaust(() => cleaner.oneTimeTokens(), count),
        () => exhaust(() => cleaner.mails(), count),
        () => exhaust(() => cleaner.attempts(), count),
        () => exhaust(() => cleaner.auditEvents(auditDays), count),
        () => sessions(cleaner, count),
      ]
      for (const kind of kinds) if (loop.signal.aborted || !(await kind())) break
      return total
    } finally {
      // Not waited for: where the network is gone, no answer comes.
      void cleaner.close().catch(() => {})
    }
  }

  async function turn(): Promise<void> {
    const removed = await round()
    if (removed > 0) onCleaned(removed)
  }

  // The length of the pause is random, so that nodes that were started in the same moment do not stay in step.
  const loop = createBackgroundLoop({ turn, pauseMs: () => everyMs * (0.5 + Math.random()), onError })

  return {
    /** Begins to look, once a minute or so. */
    start: loop.start,

    /** Removes what is over, now, as far as one round goes; says how many rows went. */
    round,

    /** Resolves when the batch that is under way, if any, is done. */
    stop: loop.stop,
  }
}

export type Cleaning = ReturnType<typeof createCleaning>
