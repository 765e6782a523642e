'use client'

import { createContext, useContext } from 'react'
import type { Client, ClientState } from '../contract.ts'

export type Given = { client: Client; initialState: ClientState | undefined }

export const ClientContext = createContext<Given | null>(null)

export function useGiven(): Given {
  const given = useContext(ClientContext)
  if (!given) throw new Error('This component is not inside a CountersignProvider.')
  return given
}

/** The client of the provider, for its calls: `useClient().signIn(…)`. The same object in every render. */
export const useClient = (): Client => useGiven().client
