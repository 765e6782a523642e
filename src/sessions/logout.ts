/** Ends a session by any of its tokens. A repeated logout changes nothing. */
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

type Tokens = {
  /** The session of a verified access token. */
  readonly accessTokenSessionId: string | undefined
  readonly refresh: { readonly token: string; readonly mode: Mode } | undefined
  readonly context: RequestContext
}

/**
 * Ends the sessions of the access token and of the refresh token, whichever are given, and returns their ids. Returns none if no token was
 * valid. A refresh token of any generation will do: its holder can only end a session that they could use before.
 */
export type Logout = (tokens: Tokens) => Promise<readonly string[]>

export function createLogout({ sessions, revocations, refreshTokens }: Dependencies): Logout {
  return async function logout({ accessTokenSessionId, refresh, context }) {
    const parsed = refresh && refreshTokens.parse(refresh.token, refresh.mode)
    const ids = [...new Set([accessTokenSessionId, parsed?.sessionId].filter((id) => id !== undefined))]
    for (const id of ids) {
      const userId = await sessions.end(id, 'logout', context)
      if (userId !== undefined) revocations.denySession(id, userId)
    }
    return ids
  }
}
