/// <reference lib="dom" />
import type { Client } from '../contract.ts'

const promises = new WeakMap<Client, Promise<void>>()

/**
 * Resolves when the client knows whether there is a session. The same promise for all renders, because React throws away what a suspended
 * component has made. It never rejects: while no answer comes, the client asks again. Throws on a server, which has no cookies of the user.
 */
export function whenKnown(client: Client): Promise<void> {
  if (typeof window === 'undefined') {
    throw new Error(
      'The session is not known on the server. Give initialState to CountersignProvider, or let the browser render this.',
    )
  }
  let promise = promises.get(client)
  if (!promise) {
    promise = new Promise((resolve) => {
      const stop = client.onChange(({ state }) => {
        if (state.status === 'unknown') return
        stop()
        resolve()
      })
      client.session().then(
        () => resolve(),
        () => {},
      )
    })
    promises.set(client, promise)
  }
  return promise
}
