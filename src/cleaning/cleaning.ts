/**
 * Removes expired rows: sessions, mailed links, used challenges, audit events, undeliverable mails, and attempts. Every node looks once a minute, and one node
 * at a time cleans. It pauses as long as it works, because requests come first.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { createBackgroundLoop } from '../clock/background-loop.ts'
import { batchSize, blocksAtOnce, type Cleaner, expiringTables, openCleaner, type Removed } from './cleaning-store.ts'

type Dependencies = {
  connectionString: string
  auditDays: number
  /** Called for failures. The rest is tried again a minute later. */
  onError: (error: Error) => void
  /** Called with the number of removed rows, if there are any. */
  onCleaned?: (removed: number) => void
  everyMs?: number
  /** How many blocks of the sessions table one round reads. The default is 64 MiB, about 200,000 sessions. */
  blocksARound?: number
}

const shortestPauseMs = 5

type Count = (removed: number) => void

export type Cleaning = {
  /** Starts the loop: one round about every minute. */
  readonly start: () => void
  /** Runs one round now, and returns the number of removed rows. */
  readonly round: () => Promise<number>
  /** Resolves when the present batch, if any, is done. */
  readonly stop: () => Promise<void>
}

export function createCleaning(dependencies: Dependencies): Cleaning {
  const { connectionString, auditDays, onError, onCleaned = () => {} } = dependencies
  const { everyMs = 60_000, blocksARound = 8192 } = dependencies
  let nextBlock: number | undefined

  /** Repeats a batch until no row is left. False if another node cleans: this node must stop then. */
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

  /** Reads the sessions table from the block where the last round ended, once around at most. */
  async function sessions(cleaner: Cleaner, count: Count): Promise<boolean> {
    const all = await cleaner.sessionBlocks()
    // The first block is random, so that nodes that start often, or together, do not all read the same part.
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
      // The rows are counted batch by batch, because another node may take over in the middle.
      const count = (removed: number) => void (total += removed)
      const kinds = [
        ...expiringTables.map((table) => () => exhaust(() => cleaner.expired(table), count)),
        () => exhaust(() => cleaner.mails(), count),
        () => exhaust(() => cleaner.auditEvents(auditDays), count),
        () => exhaust(() => cleaner.deletedUsers(), count),
        () => sessions(cleaner, count),
      ]
      for (const kind of kinds) if (loop.signal.aborted || !(await kind())) break
      return total
    } finally {
      // The end is not awaited: without a network, no answer would come.
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
    start: loop.start,
    round,
    stop: loop.stop,
  }
}
