/** The session as stores of Svelte. */
import { createClient } from '@countersign/client'
import { readable } from 'svelte/store'

export const client = createClient({
  baseUrl: import.meta.env.VITE_AUTH_URL ?? 'http://localhost:3000',
  mode: 'cookie',
})

/** The state of the client. It changes by itself, also from other tabs. */
export const session = readable(client.state(), (set) => {
  set(client.state())
  return client.onChange(() => set(client.state()))
})

/** Whether the last request reached the server. */
export const isOnline = readable(client.isOnline(), (set) => client.onChange(() => set(client.isOnline())))

// While no answer comes, the client asks again by itself.
client.session().catch(() => {})
