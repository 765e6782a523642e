/**
 * One tab at a time, to save requests: the server answers two refreshes with the same successor. So no tab waits long for a frozen one. Those that have
 * waited queue for the next lock, so that they do not all go on at once.
 */
import { deadline } from './deadline.ts'

const longestWaitMs = 3000
const locks = 3

/** Runs the work when no other tab runs one under this name, or after some seconds all the same. Returns what the work returns. */
export async function withLock<T>(name: string, isShared: boolean, work: () => Promise<T>): Promise<T> {
  for (let i = 0; i < locks; i++) {
    const granted = isShared ? await withOneLock(`${name}.${i}`, work) : undefined
    if (granted) return granted.result
  }
  return work()
}

/** The result of the work, or undefined if the lock was not granted in time, or if this page may have no locks. */
async function withOneLock<T>(name: string, work: () => Promise<T>): Promise<{ result: Promise<T> } | undefined> {
  const { signal, clear } = deadline(longestWaitMs)
  let result: Promise<T> | undefined
  try {
    await globalThis.navigator?.locks?.request(name, { signal }, () => {
      clear()
      return (result = work())
    })
  } catch {
    // An error of the work itself is that of the result.
  } finally {
    clear()
  }
  return result && { result }
}
