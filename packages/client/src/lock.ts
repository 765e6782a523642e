/**
 * One tab at a time. This only saves requests: the server answers two refreshes with the same successor, so no tab waits for
 * long for a lock that a frozen tab may hold.
 */
const longestWaitMs = 3000

/** Runs the work when no other tab runs one under this name, or after 3 seconds all the same. Returns what the work returns. */
export async function withLock<T>(name: string, isShared: boolean, work: () => Promise<T>): Promise<T> {
  const locks = isShared ? globalThis.navigator?.locks : undefined
  if (!locks) return work()
  let begun: Promise<T> | undefined
  try {
    await locks.request(name, { signal: AbortSignal.timeout(longestWaitMs) }, () => (begun = work()))
  } catch (error) {
    if (begun === undefined && !isRefused(error)) throw error
  }
  return begun ?? work()
}

/** Whether the lock was not granted: it took too long, or this page may have no locks. */
const isRefused = (error: unknown) => error instanceof DOMException
