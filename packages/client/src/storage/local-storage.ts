/// <reference lib="dom" />
import type { TokenStorage } from './token-storage.ts'

/**
 * Keeps texts in `localStorage`. Every script of the origin can read them, so prefer cookie mode in browsers. Throws if the page may not use
 * `localStorage`.
 */
export function localStorageStorage(): TokenStorage {
  const texts = globalThis.localStorage
  return {
    isShared: true,
    read: async (key) => texts.getItem(key),
    async replace(key, expected, next) {
      if (texts.getItem(key) !== expected) return false
      if (next === null) texts.removeItem(key)
      else texts.setItem(key, next)
      return true
    },
    onForeignChange(listener) {
      globalThis.addEventListener('storage', listener)
      return () => globalThis.removeEventListener('storage', listener)
    },
  }
}
