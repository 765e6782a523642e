import type { TokenStorage } from './token-storage.ts'

/** Keeps texts until the process or the page ends. */
export function memoryStorage(): TokenStorage {
  const texts = new Map<string, string>()
  return {
    isShared: false,
    read: async (key) => texts.get(key) ?? null,
    async replace(key, expected, next) {
      if ((texts.get(key) ?? null) !== expected) return false
      if (next === null) texts.delete(key)
      else texts.set(key, next)
      return true
    },
  }
}
