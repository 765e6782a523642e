/**
 * The database's time, as a node estimates it between two reads. Tokens begin and expire by this clock, so a node with a
 * wrong clock does not accept tokens that have expired or are not valid yet. It never goes backwards.
 */
import { createMonotonicClock } from './monotonic-clock.ts'

type Dependencies = {
  /** The machine's time of day, in milliseconds since 1970. It is used until the first answer of the database. */
  machine?: () => number
  /** Milliseconds since a fixed moment. A change of the machine's time of day does not affect it. */
  elapsed?: () => number
}

export type DatabaseClock = {
  /** Milliseconds since 1970. */
  now: () => number
  /**
   * Corrects the clock. The database answered that its time was `time`, at some moment after `askedAt`, a reading of
   * `performance.now()`. The correction is as small as the answer allows.
   */
  heard: (time: number, askedAt: number) => void
  /** The least error of the machine's time, or of `now`, at the last answer of the database. */
  skewMs: () => number
}

export function createDatabaseClock({
  machine = Date.now,
  elapsed = () => performance.now(),
}: Dependencies = {}): DatabaseClock {
  let base = machine()
  let baseAt = elapsed()
  let machineIsOffMs = 0
  const estimate = () => base + elapsed() - baseAt
  const now = createMonotonicClock(estimate)

  return {
    now,

    heard: (time, askedAt) => {
      const answeredAt = elapsed()
      // The database truncates its time to milliseconds.
      const latest = time + 1 + answeredAt - askedAt
      base = Math.min(Math.max(estimate(), time), latest)
      baseAt = answeredAt
      machineIsOffMs = Math.max(time - machine(), machine() - latest, 0)
    },

    skewMs: () => Math.max(machineIsOffMs, now() - estimate()),
  }
}
