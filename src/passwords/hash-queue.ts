/** Runs as many password hashes at once as there are cores, keeps a short queue, and turns the rest away. */
import { AppError } from '../errors.ts'

/**
 * Wraps a task so that at most `running` run and `waiting` wait. One more ends in `overloaded` (503) at once, so that
 * a storm of logins costs its senders, not everyone whose token is being verified.
 */
export function createHashQueue({ running, waiting }: { running: number; waiting: number }) {
  let active = 0
  let refused = 0
  const queue: (() => void)[] = []

  function requireRoom(): void {
    if (active < running || queue.length < waiting) return
    refused++
    throw new AppError('overloaded', { retryAfterSeconds: 2 })
  }

  async function enqueue<T>(task: () => Promise<T>): Promise<T> {
    requireRoom()
    if (active >= running) await new Promise<void>((resolve) => queue.push(resolve))
    else active++
    try {
      return await task()
    } finally {
      // A waiting task inherits the place, so `active` is only given back where nobody waits.
      const next = queue.shift()
      if (next) next()
      else active--
    }
  }

  return Object.assign(enqueue, {
    /** Ends in `overloaded` where a task would. For who has other work to do first, which would be in vain. */
    requireRoom,
    stats: () => ({ running: active, waiting: queue.length, refused }),
  })
}
