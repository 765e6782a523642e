/** Refreshes the session: once for all that wait, and once for all tabs. */
import type { CookieSession, SessionSignedIn, TokenPair } from './api/types.ts'
import type { Mode } from './contract.ts'
import { isEnded } from './errors.ts'
import { withLock } from './lock.ts'
import { isSameSession, recordOfStatus, type SessionRecord } from './record.ts'
import { retry } from './retry.ts'
import type { Send } from './send.ts'
import type { Held, SessionStore } from './session-store.ts'

type Dependencies = { mode: Mode; send: Send; store: SessionStore; lockName: string; isShared: boolean }

type SessionStatus = SessionSignedIn | { status: 'refresh_required' | 'signed_out' }

export type Sessions = {
  /** Finds out whether there is a session. Rejects with StorageError, and in cookie mode with NetworkError and ApiError. */
  load: () => Promise<void>
  /**
   * Refreshes the session unless that was done since the caller saw `seen`. When the session has ended, nothing is held afterwards. Rejects with
   * NetworkError, ApiError and StorageError; the session then goes on.
   */
  refresh: (seen: SessionRecord | null) => Promise<void>
  /** Runs a step that changes the tokens or the cookies while no other tab does. */
  alone: <T>(work: () => Promise<T>) => Promise<T>
}

const attempts = 4

export function createSessions({ mode, send, store, lockName, isShared }: Dependencies): Sessions {
  let refreshing: Promise<void> | undefined
  let last: Promise<unknown> = Promise.resolve()

  /** In one process by a queue, among tabs by a lock. */
  function alone<T>(work: () => Promise<T>): Promise<T> {
    const result = last.then(() => withLock(lockName, isShared, work))
    last = result.catch(() => {})
    return result
  }

  const status = () => retry({ attempts }, () => send('GET', '/auth/session')) as Promise<SessionStatus>

  function post(presented: SessionRecord | null) {
    const body = mode === 'bearer' ? { refresh_token: presented?.refreshToken } : {}
    return retry({ attempts }, () => send('POST', '/auth/refresh', { body })) as Promise<TokenPair | CookieSession>
  }

  async function refreshAlone(seen: SessionRecord | null): Promise<void> {
    const stored = await store.read()
    if (mode === 'bearer' && !stored.record) return
    const held = store.held()
    if (isUsable(held) && !isSameAnswer(held.record, seen)) return
    // Another tab has refreshed meanwhile, and this one does not hold the session yet.
    if (mode === 'cookie' && !held && stored.record && !isSameAnswer(stored.record, seen)) return askServer()
    try {
      await store.keepRefreshed(await post(stored.record), stored.record)
    } catch (error) {
      if (!isEnded(error)) throw error
      if (mode === 'cookie') await askServer()
      // Another tab may have stored a newer token meanwhile. Then that one decides.
      else if (!(await store.forget(stored))) await store.read()
    }
  }

  /** Other tabs change the cookies too. So the server is asked before a session is given up, or refreshed a second time. */
  async function askServer(): Promise<void> {
    const stored = await store.peek()
    const answer = await status()
    if (answer.status === 'signed_in') return store.keepStatus(recordOfStatus(answer, stored.record?.n ?? 1), stored)
    if (answer.status === 'refresh_required') {
      try {
        return await store.keepRefreshed(await post(stored.record), stored.record)
      } catch (error) {
        if (!isEnded(error)) throw error
      }
    }
    await store.forget(stored)
  }

  async function refresh(seen: SessionRecord | null): Promise<void> {
    refreshing ??= alone(() => refreshAlone(seen)).finally(() => (refreshing = undefined))
    return refreshing
  }

  return {
    alone,
    refresh,

    async load() {
      if (mode === 'bearer') {
        await store.read()
        return
      }
      const stored = await store.peek()
      const answer = await status()
      if (answer.status === 'signed_in') {
        await store.keepStatus(recordOfStatus(answer, stored.record?.n ?? 1), stored)
      } else if (answer.status === 'refresh_required') {
        // The session that this tab holds may have been ended elsewhere, although its access token seems to be valid.
        await refresh(store.held()?.record ?? stored.record)
      } else await store.forget(stored)
    },
  }
}

const isUsable = (held: Held | null): held is Held => held !== null && performance.now() < held.validUntil

const isSameAnswer = (one: SessionRecord, other: SessionRecord | null) =>
  isSameSession(one, other) && one.n === other?.n
