/** A clock that never goes back: a token or a revocation that was over stays over when the machine's time is corrected. */

/** The highest time that `clock` has shown so far, in its own unit. */
export function createMonotonicClock(clock: () => number): () => number {
  let highest = 0
  return () => {
    highest = Math.max(highest, clock())
    return highest
  }
}
