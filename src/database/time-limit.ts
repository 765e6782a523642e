/**
 * How long a request may wait for the database, all its waits together: what is left of two seconds is for the answer. Time
 * in which nothing is asked of the database, such as that of a password hash, does not count.
 */
import { AsyncLocalStorage } from 'node:async_hooks'

const mostMilliseconds = 1600
const lengthMs = 100

export type Allowance = { leftMs: number; waits: number; since: number }

const current = new AsyncLocalStorage<Allowance | undefined>()

export const newAllowance = (): Allowance => ({ leftMs: mostMilliseconds, waits: 0, since: 0 })

/** Whatever the work asks of the database, now or later, counts against this allowance. */
export function withAllowance<T>(allowance: Allowance | undefined, work: () => T): T {
  return current.getStore() === allowance ? work() : current.run(allowance, work)
}

/** For work that is long by nature: each of its waits may take as long as those of a request may together. */
export const eachInItsOwnTime = <T>(work: () => T): T => withAllowance(undefined, work)

/** Said by us to ourselves: the database has not. Its code counts as a database that is unavailable. */
const tookTooLong = () => Object.assign(new Error('the database took too long'), { code: 'ETIMEDOUT' })

/**
 * Begins to wait for the database; what comes back is to be called when the wait is over. Where time runs out before,
 * `giveUp` is called, once.
 */
export function startWait(giveUp: (error: Error) => void): () => void {
  const allowance = current.getStore() ?? newAllowance()
  if (allowance.waits++ === 0) allowance.since = performance.now()
  const left = allowance.leftMs - (performance.now() - allowance.since)
  // Node keeps a list of timers for each length: few lengths make few lists.
  const wait = Math.max(0, Math.ceil(left / lengthMs) * lengthMs)
  let over = false
  const end = () => {
    if (over) return
    over = true
    clearTimeout(timer)
    // Waits at the same time count once.
    if (--allowance.waits === 0) allowance.leftMs -= performance.now() - allowance.since
  }
  const timer = setTimeout(() => {
    end()
    giveUp(tookTooLong())
  }, wait)
  return end
}
