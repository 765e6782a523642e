/**
 * Exchanges a refresh token for its successor. A client that behaves is never logged out, whatever the network loses;
 * a thief is found out. The table of outcomes is in docs/reference/rotation.md.
 */

import { AppError } from '../errors.ts'
import type { Mode } from '../http/mode.ts'
import type { RequestContext } from '../http/request-context.ts'
import type { RevocationFollower } from '../revocations/follow-revocations.ts'
import { hashSecret, type RefreshTokens } from '../tokens/refresh-token.ts'
import type { IdleLives, RefreshOutcome, SessionStore } from './session-store.ts'
import type { TokenPair, TokenPairs } from './token-pair.ts'

type Dependencies = {
  sessions: SessionStore
  revocations: Pick<RevocationFollower, 'denySession'>
  refreshTokens: RefreshTokens
  tokenPairFor: TokenPairs
  lives: IdleLives
}

type Succeeding = Extract<RefreshOutcome, 'rotated' | 'replayed' | 'forked'>
export type RefreshResult =
  | { readonly outcome: Succeeding; readonly sessionId: string; readonly pair: TokenPair }
  | { readonly outcome: Exclude<RefreshOutcome, Succeeding> | 'ended'; readonly sessionId: string }
  | { readonly outcome: 'invalid' }

/**
 * The outcome is returned and never thrown, because the revocation that follows a theft must be committed although the request fails.
 * Throws only `not_ready`, if another node may use a server secret that this node lacks.
 */
export type Refresh = (token: string, mode: Mode, context: RequestContext) => Promise<RefreshResult>

export function createRefresh(dependencies: Dependencies): Refresh {
  const { sessions, revocations, refreshTokens, tokenPairFor, lives } = dependencies

  return async function refresh(text, mode, context) {
    const presented = refreshTokens.parse(text, mode)
    if (!presented) return { outcome: 'invalid' }
    const { sessionId, generation, secret } = presented
    const proposed = refreshTokens.propose(secret)
    const candidate = proposed.stored
    const hash = hashSecret(secret)
    const rotation = await sessions.rotate({ sessionId, hash, generation, candidate, lives, context })
    if (!rotation) return { outcome: 'ended', sessionId }
    const { outcome } = rotation
    if (outcome === 'reused') revocations.denySession(sessionId, rotation.session.account.id)
    if (outcome === 'reused' || outcome === 'ahead' || outcome === 'superseded') return { outcome, sessionId }
    const successor = refreshTokens.successor(presented, { ...rotation, hash: rotation.nextHash }, proposed)
    if (successor === undefined) throw new AppError('not_ready', { retryAfterSeconds: 5 })
    return { outcome, sessionId, pair: tokenPairFor(sessionId, rotation.session, successor) }
  }
}
