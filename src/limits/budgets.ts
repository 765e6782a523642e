/** How long somebody has to wait who has done something too often. Stores only look this up, so all of them agree. */
import type { Rate } from './rate.ts'

/** What a store needs to know of a limit. */
export type Budget = {
  /** So many need not wait. */
  readonly free: number
  /** What is counted is forgotten after this. */
  readonly seconds: number
  /** How long to wait after the last free one, the one after it, and so on; the last of these for all that follow, in seconds. */
  readonly delays: readonly number[]
  /** Whether each one that is counted puts off the time when all are forgotten; else that follows the first one. */
  readonly slides: boolean
}

const longestDelaySeconds = 15 * 60

/**
 * For guesses: after the free ones a second, two, four, up to a quarter of an hour. Never forever: that would let
 * anybody lock anybody else out.
 */
export function guessBudget({ count, seconds }: Rate): Budget {
  const longest = Math.min(longestDelaySeconds, seconds)
  const delays = [1]
  for (let delay = 2; delays.at(-1) !== longest; delay *= 2) delays.push(Math.min(delay, longest))
  return { free: count, seconds, delays, slides: true }
}

/** For what may be done so many times in a window: then nothing until it has passed. */
export const windowBudget = ({ count, seconds }: Rate): Budget => ({
  free: count,
  seconds,
  delays: [seconds],
  slides: false,
})

/** What became of an attempt: it was counted, as the so-and-so-manieth; or it was refused. */
export type Reservation =
  | { readonly allowed: true; readonly count: number }
  | {
      readonly allowed: false
      readonly waitSeconds: number
      /** Whether it is the first to be refused since one was allowed. */
      readonly first: boolean
    }

/** Where attempts are counted, for all nodes that share it. Keys say nothing of whom they are about. */
export type LimitStore = {
  /** Counts an attempt before it is made, or refuses it: in one step, so that of many at once no more get through. */
  reserve(key: Buffer, budget: Budget): Promise<Reservation>
  /** Takes one back that was counted as this, because it should not have been. */
  giveBack(key: Buffer, count: number): Promise<void>
  /** Forgets all. */
  clear(key: Buffer): Promise<void>
}
