import { createServerSession } from '@countersign/client/server'
import { headers } from 'next/headers'
import { cache } from 'react'

export const countersignUrl = process.env.COUNTERSIGN_URL ?? 'http://localhost:3000'

const readSession = createServerSession({ baseUrl: countersignUrl })

/**
 * The session of this request with its user, or null if nobody is signed in. `unknown` if Countersign cannot be reached. That is
 * no sign-out.
 */
export const getSession = cache(async () => {
  const requestHeaders = await headers()
  const found = await readSession(requestHeaders).catch(() => undefined)
  return found ? found.session : 'unknown'
})
