/** Ends sessions from afar: one on another device, or all but the one that asks, or all. */
import { AppError } from '../errors.ts'
import type { RequestContext } from '../http/request-context.ts'
import type { RevocationFollower } from '../revocations/follow-revocations.ts'
import type { Principal } from '../tokens/verify-access-token.ts'
import type { Choice } from './end-query.ts'
import type { SessionListStore } from './session-list-store.ts'

type Dependencies = { devices: SessionListStore; revocations: Pick<RevocationFollower, 'denySession'> }

/**
 * Ends the chosen sessions, and says whether the caller's was among them. Ends in `not_found` where the one that is chosen
 * is not a live session of this person, whosever it may be; in `invalid_token` where the caller's own has just ended.
 */
export function createEndSessions({ devices, revocations }: Dependencies) {
  return async function endSessions(
    caller: Pick<Principal, 'userId' | 'sessionId'>,
    choice: Choice,
    context: RequestContext,
  ): Promise<{ endedCurrent: boolean }> {
    const ended = await devices.end(caller, choice, context)
    if (!ended) throw new AppError('invalid_token')
    for (const id of ended) revocations.denySession(id, caller.userId)
    if (typeof choice === 'object' && ended.length === 0) throw new AppError('not_found')
    return { endedCurrent: ended.includes(caller.sessionId) }
  }
}

export type EndSessions = ReturnType<typeof createEndSessions>
