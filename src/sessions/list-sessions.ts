/** Shows a person the devices they are logged in on. */
import type { Principal } from '../tokens/verify-access-token.ts'
import { type DeviceList, mostShown, toDevice } from './session-list.ts'
import type { DeviceStore } from './session-list-store.ts'

/** The person's live sessions, the one that asks first. */
export function createListSessions({ devices }: { devices: DeviceStore }) {
  return async function listSessions(caller: Pick<Principal, 'userId' | 'sessionId'>): Promise<DeviceList> {
    const { devices: found, total } = await devices.list(caller, mostShown)
    return { sessions: found.map((device) => toDevice(device, caller.sessionId)), total }
  }
}

export type ListSessions = ReturnType<typeof createListSessions>
