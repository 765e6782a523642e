/** Ends a session by any token of it. Doing it twice is doing it once. */

import type { Mode } from '../http/mode.ts'
import type { RequestContext } from '../http/request-context.ts'
import type { RevocationFollower } from '../revocations/follow-revocations.ts'
import type { RefreshTokens } from '../tokens/refresh-token.ts'
import type { SessionStore } from './session-store.ts'

type Dependencies = {
  sessions: SessionStore
  revocations: Pick<RevocationFollower, 'denySession'>
  refreshTokens: RefreshTokens
}

/**
 * Ends the session of a verified access token, and that of a refresh token this server made, whichever are given.
 * Returns the ids; none where no token was good. Any generation of refresh token will do: who holds an old one can
 * only end what they once could use.
 */
export function createLogout({ sessions, revocations, refreshTokens }: Dependencies) {
  return async function logout(given: {
    accessTokenSessionId: string | undefined
    refresh: { token: string; mode: Mode } | undefined
    context: RequestContext
  }): Promise<readonly string[]> {
    const named = given.refresh && refreshTokens.parse(given.refresh.token, given.refresh.mode)
    const ids = [...new Set([given.accessTokenSessionId, named?.sessionId].filter((id) => id !== undefined))]
    for (const id of ids) {
      const userId = await sessions.end(id, 'logout', given.context)
      if (userId !== undefined) revocations.denySession(id, userId)
    }
    return ids
  }
}

export type Logout = ReturnType<typeof createLogout>
