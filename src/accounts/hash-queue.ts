/** Runs as many password hashes at once as there are cores, keeps a short queue, and turns the rest away. */
import { AppError } from '../errors.ts'

/**
 * Wraps a task so that at most `running` run and `waiting` wait. One more ends in `overloaded` (503) at once, so that
 * a storm of logins costs its senders, not everyone whose token is being verified.
 */
export function createHashQueue({ running, waiting }: { running: number; waiting: number }) {
  let active = 0
  const queue: (() => void)[] = []

  return async function enqueue<T>(task: () => Promise<T>): Promise<T> {
    if (active >= running) {
      if (queue.length >= waiting) throw new AppError('overloaded', { retryAfterSeconds: 2 })
      await new Promise<void>((resolve) => queue.push(resolve))
    } else {
      active++
    }
    try {
      return await task()
    } finally {
      // A waiting task inherits the place, so `active` is only given back where nobody waits.
      const next = queue.shift()
      if (next) next()
      else active--
    }
  }
}
