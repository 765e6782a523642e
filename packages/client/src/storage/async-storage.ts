import type { TokenStorage } from './token-storage.ts'

/** The shape of React Native's AsyncStorage. */
export type AsyncStorageLike = {
  getItem(key: string): Promise<string | null>
  setItem(key: string, value: string): Promise<unknown>
  removeItem(key: string): Promise<unknown>
}

/** The shape of Expo's SecureStore. */
export type SecureStoreLike = {
  getItemAsync(key: string): Promise<string | null>
  setItemAsync(key: string, value: string): Promise<unknown>
  deleteItemAsync(key: string): Promise<unknown>
}

/** Keeps texts in AsyncStorage, or in another store of that shape. An app is one process, so its own calls wait for each other. */
export function asyncStorage(store: AsyncStorageLike): TokenStorage {
  let last: Promise<unknown> = Promise.resolve()
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const result = last.then(work, work)
    last = result.catch(() => {})
    return result
  }
  return {
    isShared: false,
    read: (key) => inTurn(() => store.getItem(key)),
    replace: (key, expected, next) =>
      inTurn(async () => {
        if (((await store.getItem(key)) ?? null) !== expected) return false
        await (next === null ? store.removeItem(key) : store.setItem(key, next))
        return true
      }),
  }
}

/** Keeps texts in Expo's SecureStore: the keychain of iOS, the key store of Android. */
export const secureStorage = (store: SecureStoreLike): TokenStorage =>
  asyncStorage({
    getItem: (key) => store.getItemAsync(key),
    setItem: (key, value) => store.setItemAsync(key, value),
    removeItem: (key) => store.deleteItemAsync(key),
  })
