'use client'

import { useMemo, useSyncExternalStore } from 'react'
import type { User } from '../api/types.ts'
import type { ClientState } from '../contract.ts'
import { useGiven } from './context.ts'
import { waitFor } from './wait-for.ts'
import { whenKnown } from './when-known.ts'

/** The state of the client, and whether its last request reached the server. */
export type Session = ClientState & { readonly isOnline: boolean }

export type KnownSession = Exclude<Session, { status: 'unknown' }>

export type SessionOptions = {
  /** Suspends the component until the session is known, so that `status` is never `unknown`. */
  suspense?: boolean
}

const unknown: ClientState = { status: 'unknown', user: null, sessionId: null }
const isOnlineOnServer = () => true

/** The session now. The component renders again when it changes, in this tab or in another. */
export function useSession(options: SessionOptions & { suspense: true }): KnownSession
export function useSession(options?: SessionOptions): Session
export function useSession({ suspense = false }: SessionOptions = {}): Session {
  const { client, initialState = unknown } = useGiven()
  const readState = () => {
    const state = client.state()
    return state.status === 'unknown' ? initialState : state
  }
  const state = useSyncExternalStore(client.onChange, readState, () => initialState)
  const isOnline = useSyncExternalStore(client.onChange, client.isOnline, isOnlineOnServer)
  if (suspense && state.status === 'unknown') waitFor(whenKnown(client))
  return useMemo(() => ({ ...state, isOnline }), [state, isOnline])
}

/** The user who is signed in, or null. It is null too while the session is not known, unless the component suspends until then. */
export const useUser = (options?: SessionOptions): User | null => useSession(options).user
