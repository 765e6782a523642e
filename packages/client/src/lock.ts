import { deadline } from './deadline.ts'

/** One tab at a time, to save requests: the server answers two refreshes with the same successor. So no tab waits long for a frozen one. */
const longestWaitMs = 3000

/** Runs the work when no other tab runs one under this name, or after 3 seconds all the same. Returns what the work returns. */
export async function withLock<T>(name: string, isShared: boolean, work: () => Promise<T>): Promise<T> {
  const locks = isShared ? globalThis.navigator?.locks : undefined
  if (!locks) return work()
  const { signal, clear } = deadline(longestWaitMs)
  let begun: Promise<T> | undefined
  try {
    await locks.request(name, { signal }, () => {
      clear()
      return (begun = work())
    })
  } catch {
    // The lock was not granted in time, or this page may have no locks. An error of the work itself is thrown below.
  } finally {
    clear()
  }
  return begun ?? work()
}
