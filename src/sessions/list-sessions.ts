/** Shows a person the devices they are logged in on. */
import type { Principal } from '../tokens/verify-access-token.ts'
import { mostShown, type SessionList, toListedSession } from './session-list.ts'
import type { SessionListStore } from './session-list-store.ts'

/** The person's live sessions, the one that asks first. */
export function createListSessions({ devices }: { devices: SessionListStore }) {
  return async function listSessions(caller: Pick<Principal, 'userId' | 'sessionId'>): Promise<SessionList> {
    const { devices: found, total } = await devices.list(caller, mostShown)
    return { sessions: found.map((device) => toListedSession(device, caller.sessionId)), total }
  }
}

export type ListSessions = ReturnType<typeof createListSessions>
