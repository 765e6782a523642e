/**
 * Bounds the time that a request may wait for the database, all its waits together. Time in which the request asks nothing of
 * the database, such as the time of a password hash, does not count.
 */
import { AsyncLocalStorage } from 'node:async_hooks'

const lengthMs = 100

/** How long a request has waited for the database, how many of its waits are under way, and since when. */
export type Allowance = { waitedMs: number; waits: number; since: number }

const current = new AsyncLocalStorage<Allowance | undefined>()

export const newAllowance = (): Allowance => ({ waitedMs: 0, waits: 0, since: 0 })

/** Runs the work. All its waits for the database, now or later, count against this allowance. */
export function withAllowance<T>(allowance: Allowance | undefined, work: () => T): T {
  return current.getStore() === allowance ? work() : current.run(allowance, work)
}

/** Runs long work: each of its waits may take as long as all waits of a request together. */
export const eachInItsOwnTime = <T>(work: () => T): T => withAllowance(undefined, work)

/** The error of a wait that took too long. Its code counts as an unavailable database. */
const tookTooLong = () => Object.assign(new Error('the database took too long'), { code: 'ETIMEDOUT' })

/**
 * Begins to wait for the database. Call the returned function when the wait is over. If the time runs out before that, `giveUp`
 * is called once. All waits of one request together may take `mostMs`.
 */
export function startWait(giveUp: (error: Error) => void, mostMs: number): () => void {
  const allowance = current.getStore() ?? newAllowance()
  if (allowance.waits++ === 0) allowance.since = performance.now()
  const left = mostMs - allowance.waitedMs - (performance.now() - allowance.since)
  // Node keeps a list of timers for each duration, so few durations make few lists.
  const wait = Math.max(0, Math.ceil(left / lengthMs) * lengthMs)
  let over = false
  const end = () => {
    if (over) return
    over = true
    clearTimeout(timer)
    // Waits at the same time count once.
    if (--allowance.waits === 0) allowance.waitedMs += performance.now() - allowance.since
  }
  const timer = setTimeout(() => {
    end()
    giveUp(tookTooLong())
  }, wait)
  return end
}
