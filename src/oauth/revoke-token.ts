/** Ends the session of a token, whichever kind it is: what logout does, for clients that know RFC 7009. */
import type { RequestContext } from '../http/request-context.ts'
import type { Logout } from '../sessions/logout.ts'
import type { RecogniseToken } from './recognise-token.ts'

/**
 * A token of a session ends all of that session's tokens (RFC 7009 §2.1), on this node before it returns. One that is
 * unknown, expired or of an ended session changes nothing, and that is no failure (§2.2).
 */
export function createRevokeToken({ recogniseToken, logout }: { recogniseToken: RecogniseToken; logout: Logout }) {
  return async function revokeToken(text: string, context: RequestContext): Promise<void> {
    const found = recogniseToken(text)
    if (!found) return
    await logout({
      accessTokenSessionId: found.kind === 'access' ? found.principal.sessionId : undefined,
      refresh: found.kind === 'refresh' ? { token: text, mode: found.token.mode } : undefined,
      context,
    })
  }
}

export type RevokeToken = ReturnType<typeof createRevokeToken>
