/** A page for the tests of the hooks. It is rendered on a server, hydrated in a browser, and suspends. */
import { createClient } from '@countersign/client'
import { CountersignProvider, SignedIn, SignedOut, useSession } from '@countersign/client/react'
import { createElement as h, StrictMode, Suspense } from 'react'

export const newClient = (baseUrl, options) => createClient({ baseUrl, mode: 'cookie', ...options })

function Status({ suspense = false }) {
  const { status, user } = useSession({ suspense })
  seen.push(status)
  return h('p', null, `${status} ${user?.email ?? ''}`)
}

/** The states that the component has rendered. */
export const seen = []

export const page = ({ client, initialState, suspense }) =>
  h(
    StrictMode,
    null,
    h(
      CountersignProvider,
      { client, initialState },
      h(SignedIn, { fallback: h('b', null, 'fallback') }, h('b', null, 'in')),
      h(SignedOut, null, h('i', null, 'out')),
      h(Suspense, { fallback: h('u', null, 'waiting') }, h(Status, { suspense })),
    ),
  )
