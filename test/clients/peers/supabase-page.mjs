/** auth-js in a page, with the options that Supabase's own client gives it. */
import { AuthClient } from '@supabase/auth-js'

/** Makes the client of a page. Returns what a storm asks of it. */
export async function open(baseUrl) {
  const client = new AuthClient({
    url: `${baseUrl}/auth/v1`,
    storageKey: 'storm',
    persistSession: true,
    autoRefreshToken: true,
    detectSessionInUrl: false,
  })
  let isSignedIn = false
  client.onAuthStateChange((event, session) => {
    if (event === 'SIGNED_OUT') window.reportSignOut()
    isSignedIn = session !== null
  })
  await client.initialize()

  return {
    async signUp(account) {
      const { error } = await client.signUp(account)
      if (error) throw error
    },
    async signIn(account) {
      const { error } = await client.signInWithPassword(account)
      if (error) throw error
    },
    async ask() {
      const { data, error } = await client.getSession()
      // An app that is not told of a sign-out may ask again.
      if (!data.session) return error && isSignedIn ? 'no answer' : 'refused'
      const headers = { authorization: `Bearer ${data.session.access_token}` }
      const response = await fetch(`${baseUrl}/whoami`, { headers }).catch(() => undefined)
      await response?.text().catch(() => {})
      return !response || response.status >= 500 ? 'no answer' : response.ok ? 'ok' : 'refused'
    },
    isSignedIn: () => isSignedIn,
  }
}
