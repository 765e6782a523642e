/// <reference lib="dom" />
import { localStorageStorage } from './local-storage.ts'
import { memoryStorage } from './memory.ts'
import type { TokenStorage } from './token-storage.ts'

/**
 * Where the tabs of cookie mode leave marks for each other. The marks only save requests, so a browser that forbids `localStorage`, or a full one,
 * is no error.
 */
export function cookieMarks(): TokenStorage {
  const spare = memoryStorage()
  // A server that renders the app has no tabs. Newer versions of Node have a localStorage all the same.
  if (typeof document === 'undefined') return spare
  try {
    const marks = localStorageStorage()
    return {
      ...marks,
      read: (key) => marks.read(key).catch(() => spare.read(key)),
      replace: (key, expected, next) =>
        marks.replace(key, expected, next).catch(() => spare.replace(key, expected, next)),
    }
  } catch {
    return spare
  }
}
