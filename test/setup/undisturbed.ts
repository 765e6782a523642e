/** Measurements on a machine that does other work at the same time. */

const lookEveryMs = 20

/** Records the longest time for which this process did not run. */
function watchStalls() {
  let last = performance.now()
  let longestMs = 0
  const look = () => {
    const now = performance.now()
    longestMs = Math.max(longestMs, now - last - lookEveryMs)
    last = now
  }
  const timer = setInterval(look, lookEveryMs)
  return () => {
    clearInterval(timer)
    look()
    return longestMs
  }
}

/**
 * Measures, and does so again if this process stood still meanwhile, because then the times say nothing about the code. The last attempt counts
 * in any case, so code that blocks the process is noticed.
 */
export async function undisturbed<T>(measure: () => Promise<T>, { mostStallMs = 150, attempts = 5 } = {}): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    const stop = watchStalls()
    const measured = await measure()
    if (stop() <= mostStallMs || attempt === attempts) return measured
  }
}

/** Measures until the result is good, because other work on the machine may spoil one attempt. Returns the last result. */
export async function untilGood<T>(
  measure: () => Promise<T>,
  isGood: (measured: T) => boolean,
  attempts = 5,
): Promise<T> {
  let measured = await measure()
  for (let attempt = 1; attempt < attempts && !isGood(measured); attempt++) measured = await measure()
  return measured
}
