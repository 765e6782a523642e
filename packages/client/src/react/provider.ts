'use client'

import { createElement, type ReactElement, type ReactNode, useEffect, useMemo } from 'react'
import type { Client, ClientState } from '../contract.ts'
import { ClientContext } from './context.ts'

export type CountersignProviderProps = {
  /** Make it once, outside of all components. The provider does not close it. */
  client: Client
  /**
   * The session as the server that rendered the page has read it. It is shown, on the server and in the browser, until the client
   * knows better. Without it the first render is `unknown`.
   */
  initialState?: ClientState | undefined
  children?: ReactNode
}

/** Gives a client to the components inside, and asks it for the session. */
export function CountersignProvider({ client, initialState, children }: CountersignProviderProps): ReactElement {
  // StrictMode runs this twice. The client asks the server once. If no answer comes, it asks again by itself.
  useEffect(() => void client.session().catch(() => {}), [client])
  const value = useMemo(() => ({ client, initialState }), [client, initialState])
  return createElement(ClientContext.Provider, { value }, children)
}
