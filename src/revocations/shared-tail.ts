/** One read of the database for all clients that wait for revocations. */
import { setImmediate as soon } from 'node:timers/promises'
import type { FeedRows, FeedStore } from './feed-store.ts'

/** The rows of transactions since an id, as of a moment after the call. Rejects if the read that it shares fails. */
export type SharedTail = (from: string) => Promise<FeedRows>

/**
 * Calls before a read begins share it: the read begins at the lowest id, and each caller gets the rows from its own id on. One read runs at
 * a time. A caller reads for itself if the shared read has more rows than `limit` allows.
 */
export function createSharedTail(since: FeedStore['since'], limit: number): SharedTail {
  let next: { from: bigint; read: Promise<FeedRows> } | undefined
  let running: Promise<unknown> = Promise.resolve()

  function join(from: bigint): Promise<FeedRows> {
    if (next) {
      if (from < next.from) next.from = from
      return next.read
    }
    const before = running
    const begin = async (): Promise<FeedRows> => {
      await before
      // All clients that the same revocation woke have joined by then.
      await soon()
      next = undefined
      return since(String(mine.from), limit)
    }
    const mine = { from, read: begin() }
    next = mine
    running = mine.read.catch(() => {})
    return mine.read
  }

  return async (from) => {
    const { xmin, rows } = await join(BigInt(from))
    if (rows.length === limit) return since(from, limit)
    return { xmin, rows: rows.filter(({ xid }) => BigInt(xid) >= BigInt(from)) }
  }
}
