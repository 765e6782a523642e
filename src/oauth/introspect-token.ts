/** Tells whether a token is active at this moment, by the row of its session. It changes nothing. */
import type { RevocationFollower } from '../revocations/follow-revocations.ts'
import type { SessionStore } from '../sessions/session-store.ts'
import type { Principal } from '../tokens/principal.ts'
import { hashSecret, type RefreshToken } from '../tokens/refresh-token.ts'
import type { RecogniseToken } from './recognise-token.ts'

/** An active token. Times in seconds since 1970. */
export type ActiveToken =
  | { readonly kind: 'access'; readonly principal: Principal }
  | { readonly kind: 'refresh'; readonly userId: string; readonly sessionId: string; readonly expiresAt: number }

type Dependencies = {
  recogniseToken: RecogniseToken
  revocations: Pick<RevocationFollower, 'isRevoked'>
  sessions: Pick<SessionStore, 'isLive' | 'findByRefresh'>
}

/**
 * Undefined if the token is not active, without a reason (RFC 7662 §2.2). A refresh token is active if a refresh would succeed. The
 * introspection of a replaced token is no theft.
 */
export type IntrospectToken = (text: string) => Promise<ActiveToken | undefined>

export function createIntrospectToken({ recogniseToken, revocations, sessions }: Dependencies): IntrospectToken {
  return async function introspectToken(text) {
    const found = recogniseToken(text)
    if (!found) return undefined
    return found.kind === 'access' ? introspectAccess(found.principal) : introspectRefresh(found.token)
  }

  async function introspectAccess(principal: Principal): Promise<ActiveToken | undefined> {
    // The denylist of this node may deny more than the rows say. A token that this node refuses must not be called active.
    if (revocations.isRevoked(principal)) return undefined
    const { sessionId, userId, tokenVersion } = principal
    return (await sessions.isLive(sessionId, userId, tokenVersion)) ? { kind: 'access', principal } : undefined
  }

  async function introspectRefresh({ sessionId, secret }: RefreshToken): Promise<ActiveToken | undefined> {
    const session = await sessions.findByRefresh(sessionId, hashSecret(secret))
    return session && { kind: 'refresh', sessionId, ...session }
  }
}
