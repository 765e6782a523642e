/** The state that apps see, and the events about it. */
import type { User } from './api/types.ts'
import type { Change, ClientState } from './contract.ts'
import { isSameSession, type SessionRecord } from './record.ts'

const signedOut: ClientState = { status: 'signed_out', user: null, sessionId: null }

export function createState() {
  let state: ClientState = { status: 'unknown', user: null, sessionId: null }
  let isOnline = true
  const listeners = new Set<(change: Change) => void>()

  /** Listeners run a moment later, so that an error or a call of theirs meets no step that is under way. */
  function emit(type: Change['type']): void {
    const change = { type, state }
    for (const listener of listeners) {
      queueMicrotask(() => {
        if (listeners.has(listener)) listener(change)
      })
    }
  }

  return {
    now: () => state,
    isOnline: () => isOnline,
    isWatched: () => listeners.size > 0,

    onHold: (before: SessionRecord | null, now: SessionRecord | null): void => {
      const user = now?.user as User | undefined
      const isUserSame = JSON.stringify(user) === JSON.stringify(state.user)
      if (!now) {
        state = signedOut
        return emit('signed_out')
      }
      if (!isUserSame || !isSameSession(before, now)) {
        state = { status: 'signed_in', user: user as User, sessionId: now.sessionId }
      }
      if (!isSameSession(before, now)) return emit('signed_in')
      if (before?.n !== now.n) emit('refreshed')
      if (!isUserSame) emit('user_changed')
    },

    /** The first answer is there, and there is no session. */
    onNoSession: (): void => {
      if (state.status !== 'unknown') return
      state = signedOut
      emit('signed_out')
    },

    onReach: (isReached: boolean): void => {
      if (isReached === isOnline) return
      isOnline = isReached
      emit(isReached ? 'online' : 'offline')
    },

    onChange: (listener: (change: Change) => void): (() => void) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },

    close: () => listeners.clear(),
  }
}
