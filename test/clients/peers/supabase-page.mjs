/** auth-js in a page, with the options that Supabase's own client gives it. */
import { AuthClient } from '@supabase/auth-js'

/** Starts the client of a page. */
export async function start(baseUrl) {
  const client = new AuthClient({
    url: `${baseUrl}/auth/v1`,
    storageKey: 'storm',
    persistSession: true,
    autoRefreshToken: true,
    detectSessionInUrl: false,
  })
  let signOuts = 0
  client.onAuthStateChange((event) => {
    if (event === 'SIGNED_OUT') signOuts++
  })
  await client.initialize()

  return {
    async signUp(account) {
      const { error } = await client.signUp(account)
      if (error) throw error
    },
    /**
     * Asks for a valid token, and calls the API of the app with it. Returns its status, or 0 if no token or no answer could be had
     * now, or `signed_out`.
     */
    async ask() {
      const { data, error } = await client.getSession()
      if (!data.session) return error && signOuts === 0 ? 0 : 'signed_out'
      const headers = { authorization: `Bearer ${data.session.access_token}` }
      const response = await fetch(`${baseUrl}/whoami`, { headers }).catch(() => undefined)
      await response?.text()
      return response?.status ?? 0
    },
    /** How often the client told the app that the user is signed out. */
    signOuts: () => signOuts,
  }
}
