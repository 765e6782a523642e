/** better-auth/client in a page. */
import { createAuthClient } from 'better-auth/client'

/** Starts the client of a page. */
export async function start(baseUrl) {
  const client = createAuthClient({ baseURL: baseUrl })
  let signOuts = 0
  let isSignedIn = false
  const learn = (session) => {
    if (!session && isSignedIn) signOuts++
    isSignedIn = Boolean(session)
  }
  client.useSession.subscribe(({ data, error, isPending }) => {
    if (!isPending && (!error || error.status === 401)) learn(data)
  })

  return {
    async signUp(account) {
      const { error } = await client.signUp.email({ name: 'Ada', ...account })
      if (error) throw new Error(error.message)
    },
    /**
     * Asks for the session, and calls the API of the app with it. Returns its status, or 0 if no answer could be had now, or
     * `signed_out`.
     */
    async ask() {
      const { data, error } = await client.getSession().catch((thrown) => ({ data: null, error: thrown }))
      if (error) return error.status === 401 ? 'signed_out' : 0
      // The store of useSession does not follow getSession, so an app that asks like this learns it from the answer.
      learn(data)
      if (!data) return 'signed_out'
      const response = await fetch(`${baseUrl}/whoami`, { credentials: 'include' }).catch(() => undefined)
      await response?.text()
      return response?.status ?? 0
    },
    /** How often the client told the app that the user is signed out. */
    signOuts: () => signOuts,
  }
}
