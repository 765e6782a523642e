/** Lists the sessions of the signed-in user. */
import type { Principal } from '../tokens/principal.ts'
import { mostShown, type SessionList, toListedSession } from './session-list.ts'
import type { SessionListStore } from './session-list-store.ts'

/** The user's live sessions, the session of the request first. */
export type ListSessions = (principal: Pick<Principal, 'userId' | 'sessionId'>) => Promise<SessionList>

export function createListSessions({ list }: { list: SessionListStore['list'] }): ListSessions {
  return async function listSessions(principal) {
    const { sessions, total } = await list(principal, mostShown)
    return { sessions: sessions.map((session) => toListedSession(session, principal.sessionId)), total }
  }
}
