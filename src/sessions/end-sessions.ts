/** Ends sessions of the signed-in user: one, all but the current one, or all. */
import { AppError } from '../errors.ts'
import type { RequestContext } from '../http/request-context.ts'
import type { RevocationFollower } from '../revocations/follow-revocations.ts'
import type { Principal } from '../tokens/principal.ts'
import type { Choice } from './end-query.ts'
import type { SessionListStore } from './session-list-store.ts'

type Dependencies = { end: SessionListStore['end']; revocations: Pick<RevocationFollower, 'denySession' | 'denyUser'> }

/**
 * Ends the chosen sessions, and says whether the current one is among them. Ends in `not_found` if the chosen session is not a live session
 * of this user. Ends in `token_revoked` if the current session has just ended.
 */
export type EndSessions = (
  principal: Pick<Principal, 'userId' | 'sessionId'>,
  choice: Choice,
  context: RequestContext,
) => Promise<{ readonly endedCurrent: boolean }>

export function createEndSessions({ end, revocations }: Dependencies): EndSessions {
  return async function endSessions(principal, choice, context) {
    const ended = await end(principal, choice, context)
    if (!ended) throw new AppError('token_revoked')
    if ('tokenVersion' in ended) {
      revocations.denyUser(principal.userId, ended.tokenVersion)
      return { endedCurrent: choice === 'all' }
    }
    for (const id of ended.sessionIds) revocations.denySession(id, principal.userId)
    if (typeof choice === 'object' && ended.sessionIds.length === 0) throw new AppError('not_found')
    return { endedCurrent: ended.sessionIds.includes(principal.sessionId) }
  }
}
