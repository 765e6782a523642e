/** The session for components of Vue. */
import { createClient } from '@countersign/client'
import { readonly, shallowRef } from 'vue'

export const client = createClient({
  baseUrl: import.meta.env.VITE_AUTH_URL ?? 'http://localhost:3000',
  mode: 'cookie',
})

const state = shallowRef(client.state())
const isOnline = shallowRef(client.isOnline())

// One listener for the whole app. Vue tells the components.
client.onChange(() => {
  state.value = client.state()
  isOnline.value = client.isOnline()
})
// While no answer comes, the client asks again by itself.
client.session().catch(() => {})

/** The state of the client, and whether its last request reached the server. Both change by themselves, also from other tabs. */
export const useSession = () => ({ state: readonly(state), isOnline: readonly(isOnline) })
