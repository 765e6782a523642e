/// <reference lib="dom" />
import type { TokenStorage } from './token-storage.ts'

const table = 'tokens'

/**
 * Keeps texts in IndexedDB. A replacement is one transaction, so tabs never overwrite each other. Every script of the origin can read the texts, so
 * prefer cookie mode in browsers.
 */
export function indexedDbStorage(name = 'countersign'): TokenStorage {
  let opening: Promise<IDBDatabase> | undefined

  function open(): Promise<IDBDatabase> {
    opening ??= new Promise<IDBDatabase>((resolve, reject) => {
      const request = indexedDB.open(name, 1)
      request.addEventListener('upgradeneeded', () => request.result.createObjectStore(table))
      request.addEventListener('error', () => reject(request.error))
      request.addEventListener('success', () => {
        const database = request.result
        // The browser closes a connection when the user clears the data of the site.
        const forget = () => (opening = undefined)
        database.addEventListener('close', forget)
        database.addEventListener('versionchange', () => {
          forget()
          database.close()
        })
        resolve(database)
      })
    }).catch((error) => {
      opening = undefined
      throw error
    })
    return opening
  }

  async function inTransaction<T>(
    mode: IDBTransactionMode,
    work: (texts: IDBObjectStore, finish: (result: T) => void) => void,
  ): Promise<T> {
    const database = await open()
    return new Promise<T>((resolve, reject) => {
      const transaction = database.transaction(table, mode, { durability: 'strict' })
      let result: T
      work(transaction.objectStore(table), (value) => (result = value))
      transaction.addEventListener('complete', () => resolve(result))
      transaction.addEventListener('abort', () => reject(transaction.error))
    })
  }

  return {
    isShared: true,
    read: (key) =>
      inTransaction<string | null>('readonly', (texts, finish) => {
        const request = texts.get(key) as IDBRequest<string | undefined>
        request.addEventListener('success', () => finish(request.result ?? null))
      }),
    replace: (key, expected, next) =>
      inTransaction<boolean>('readwrite', (texts, finish) => {
        const request = texts.get(key) as IDBRequest<string | undefined>
        request.addEventListener('success', () => {
          const isExpected = (request.result ?? null) === expected
          if (isExpected && next === null) texts.delete(key)
          else if (isExpected) texts.put(next, key)
          finish(isExpected)
        })
      }),
  }
}
