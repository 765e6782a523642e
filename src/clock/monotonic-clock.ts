/**
 * A clock that never goes backwards. It returns the highest time that `clock` has shown so far, in the same unit. So a token
 * that has expired stays expired when the machine's time is set back.
 */
export function createMonotonicClock(clock: () => number): () => number {
  let highest = 0
  return () => {
    highest = Math.max(highest, clock())
    return highest
  }
}
