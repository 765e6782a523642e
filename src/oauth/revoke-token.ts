/** Ends the session of a token of either kind, as a logout does, for clients that use RFC 7009. */
import type { RequestContext } from '../http/request-context.ts'
import type { Logout } from '../sessions/logout.ts'
import type { RecogniseToken } from './recognise-token.ts'

/**
 * Ends all tokens of the session (RFC 7009 §2.1), on this node before the promise resolves. A token that is unknown, expired or of an ended
 * session changes nothing, and is no error (§2.2).
 */
export type RevokeToken = (text: string, context: RequestContext) => Promise<void>

type Dependencies = { recogniseToken: RecogniseToken; logout: Logout }

export function createRevokeToken({ recogniseToken, logout }: Dependencies): RevokeToken {
  return async function revokeToken(text, context) {
    const found = recogniseToken(text)
    if (!found) return
    await logout({
      accessTokenSessionId: found.kind === 'access' ? found.principal.sessionId : undefined,
      refresh: found.kind === 'refresh' ? { token: text, mode: found.token.mode } : undefined,
      context,
    })
  }
}
