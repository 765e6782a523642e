/** Says whether a token works at this moment, by the session's row and not by the token alone. Changes nothing. */

import type { RevocationFollower } from '../revocations/follow-revocations.ts'
import type { SessionStore } from '../sessions/session-store.ts'
import { hashSecret, type RefreshToken } from '../tokens/refresh-token.ts'
import type { Principal } from '../tokens/verify-access-token.ts'
import type { RecogniseToken } from './recognise-token.ts'

/** What is true of a token that works. Times in seconds since 1970. */
export type ActiveToken =
  | { readonly kind: 'access'; readonly principal: Principal }
  | { readonly kind: 'refresh'; readonly userId: string; readonly sessionId: string; readonly expiresAt: number }

type Dependencies = {
  recogniseToken: RecogniseToken
  revocations: Pick<RevocationFollower, 'isRevoked'>
  sessions: Pick<SessionStore, 'isLive' | 'findByRefresh'>
}

/**
 * Undefined where the token would be refused, and never why (RFC 7662 §2.2). A refresh token is active while
 * presenting it would get a pair; looking at a stolen one here trips no alarm.
 */
export function createIntrospectToken({ recogniseToken, revocations, sessions }: Dependencies) {
  return async function introspectToken(text: string): Promise<ActiveToken | undefined> {
    const found = recogniseToken(text)
    if (!found) return undefined
    return found.kind === 'access' ? introspectAccess(found.principal) : introspectRefresh(found.token)
  }

  async function introspectAccess(principal: Principal): Promise<ActiveToken | undefined> {
    // This node may deny more than the rows say; what it refuses itself it must not call active.
    if (revocations.isRevoked(principal)) return undefined
    const { sessionId, userId, tokenVersion } = principal
    return (await sessions.isLive(sessionId, userId, tokenVersion)) ? { kind: 'access', principal } : undefined
  }

  async function introspectRefresh({ sessionId, secret }: RefreshToken): Promise<ActiveToken | undefined> {
    const session = await sessions.findByRefresh(sessionId, hashSecret(secret))
    return session && { kind: 'refresh', sessionId, ...session }
  }
}

export type IntrospectToken = ReturnType<typeof createIntrospectToken>
