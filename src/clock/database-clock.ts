/**
 * The time as the database has it. What tokens live by is decided there, so a node whose own clock is wrong neither accepts
 * what is over nor what is not valid yet. Never backwards.
 */
import { createMonotonicClock } from './monotonic-clock.ts'

type Options = {
  /** The machine's time of day, in milliseconds since 1970: believed until the database has been asked. */
  machine?: () => number
  /** Milliseconds since some moment, whatever happens to the time of day. */
  elapsed?: () => number
}

/**
 * `now` goes on by durations, and is put right by `heard` whenever the database has told its time; it moves by as little as
 * what was heard allows.
 */
export function createDatabaseClock({ machine = Date.now, elapsed = () => performance.now() }: Options = {}) {
  let base = machine()
  let baseAt = elapsed()
  let machineIsOffMs = 0
  const estimate = () => base + elapsed() - baseAt
  const now = createMonotonicClock(estimate)

  return {
    /** Milliseconds since 1970. */
    now,

    /** The database answered that it was `time`, at some moment since `askedAt`, a reading of `performance.now()`. */
    heard: (time: number, askedAt: number): void => {
      const answeredAt = elapsed()
      // The database cuts off what is less than a millisecond.
      const latest = time + 1 + answeredAt - askedAt
      base = Math.min(Math.max(estimate(), time), latest)
      baseAt = answeredAt
      machineIsOffMs = Math.max(time - machine(), machine() - latest, 0)
    },

    /** By how much, at least, the machine's time or what `now` says was off when the database last told its time. */
    skewMs: (): number => Math.max(machineIsOffMs, now() - estimate()),
  }
}

export type DatabaseClock = ReturnType<typeof createDatabaseClock>
