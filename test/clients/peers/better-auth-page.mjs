/** better-auth/client in a page. */
import { createAuthClient } from 'better-auth/client'

/** Makes the client of a page. Returns what a storm asks of it. */
export async function open(baseUrl) {
  const client = createAuthClient({ baseURL: baseUrl })
  let isSignedIn = false
  let looking
  const learn = (session) => {
    if (!session && isSignedIn) window.reportSignOut()
    isSignedIn = Boolean(session)
  }
  client.useSession.subscribe(({ data, error, isPending }) => {
    if (!isPending && (!error || error.status === 401)) learn(data)
  })

  const ask = async () => {
    const { data, error } = await client.getSession().catch((thrown) => ({ data: null, error: thrown }))
    if (error) return error.status >= 400 && error.status < 500 ? 'refused' : 'no answer'
    // The store of useSession does not follow getSession, so an app that asks like this learns it from the answer.
    learn(data)
    if (!data) return 'refused'
    const response = await fetch(`${baseUrl}/whoami`, { credentials: 'include' }).catch(() => undefined)
    await response?.text().catch(() => {})
    return !response || response.status >= 500 ? 'no answer' : response.ok ? 'ok' : 'refused'
  }

  return {
    async signUp(account) {
      const { error } = await client.signUp.email({ name: 'Ada', ...account })
      if (error) throw new Error(error.message)
    },
    async signIn(account) {
      const { error } = await client.signIn.email(account)
      if (error) throw new Error(error.message)
    },
    ask,
    isSignedIn() {
      // Another tab is not told of a sign-in. It learns of it when it looks again, as when the user turns to it.
      if (!isSignedIn)
        looking ??= client.useSession
          .get()
          .refetch()
          .finally(() => (looking = undefined))
      return isSignedIn
    },
  }
}
