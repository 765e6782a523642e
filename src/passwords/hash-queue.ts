/** Runs a bounded number of password hashes at once, queues a few more, and refuses the rest. */
import { AppError } from '../errors.ts'

export type HashQueue = {
  /** Runs the task when it is its turn. Ends in `overloaded` (503) at once if the queue is full. */
  <T>(task: () => Promise<T>): Promise<T>
  /** Ends in `overloaded` if a task would. Call it before other work, which would be in vain. */
  readonly requireRoom: () => void
  /** The tasks that run and wait now, and the number of refused ones since the start. */
  readonly stats: () => { readonly running: number; readonly waiting: number; readonly refused: number }
}

/** At most `running` tasks run and `waiting` wait, so that a storm of logins does not slow down the verification of tokens. */
export function createHashQueue({ running, waiting }: { running: number; waiting: number }): HashQueue {
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
      // A waiting task takes over the slot, so `active` decreases only if no task waits.
      const next = queue.shift()
      if (next) next()
      else active--
    }
  }

  return Object.assign(enqueue, {
    requireRoom,
    stats: () => ({ running: active, waiting: queue.length, refused }),
  })
}
