import { createServerSession } from '@countersign/client/server'
import type { Handle } from '@sveltejs/kit/hooks'
import { COUNTERSIGN_URL } from '$app/env/public'

const readSession = createServerSession({ baseUrl: COUNTERSIGN_URL })

/** Finds the session of each request, and refreshes it where that is needed. */
export const handle: Handle = async ({ event, resolve }) => {
  const found = await readSession(event.request).catch(() => undefined)
  event.locals.session = found ? found.session : 'unknown'
  const response = await resolve(event)
  found?.applyTo(response.headers)
  return response
}
