/** Budgets: how long a client must wait after too many attempts. All stores follow the same budgets. */
import type { Rate } from './rate.ts'

/** A limit, as a store needs it. */
export type Budget = {
  /** This many attempts need not wait. */
  readonly free: number
  /** The count is forgotten after this time. */
  readonly seconds: number
  /** Waits in seconds: after the last free attempt, after the next one, and so on. The last wait repeats. */
  readonly delays: readonly number[]
  /** Whether each attempt starts the time again. Otherwise it runs from the first attempt. */
  readonly slides: boolean
}

const longestDelaySeconds = 15 * 60

/**
 * The budget for guesses: after the free ones, waits of one second, two, four, up to a quarter of an hour. A wait never lasts for ever, because
 * a stranger could then lock a user out.
 */
export function guessBudget({ count, seconds }: Rate, longestSeconds: number = longestDelaySeconds): Budget {
  const longest = Math.min(longestSeconds, seconds)
  const delays = [1]
  for (let delay = 2; delays.at(-1) !== longest; delay *= 2) delays.push(Math.min(delay, longest))
  return { free: count, seconds, delays, slides: true }
}

/** The budget for a number of attempts in a window. After them, nothing is allowed until the window ends. */
export const windowBudget = ({ count, seconds }: Rate): Budget => ({
  free: count,
  seconds,
  delays: [seconds],
  slides: false,
})

/** The outcome of an attempt: it was counted, and `count` is its number, or it was refused. */
export type Reservation =
  | { readonly allowed: true; readonly count: number }
  | {
      readonly allowed: false
      readonly waitSeconds: number
      /** Whether it is the first refusal since an attempt was allowed. */
      readonly first: boolean
    }

/** A store that counts attempts for all nodes that share it. Keys are HMACs and name no one. */
export type LimitStore = {
  /** Counts an attempt before it is made, or refuses it, in one step. So many attempts at once get no more tries. */
  reserve(key: Buffer, budget: Budget): Promise<Reservation>
  /** Gives back the attempt that was counted with this number. */
  giveBack(key: Buffer, count: number): Promise<void>
  /** Forgets all attempts of the key. */
  clear(key: Buffer): Promise<void>
}
