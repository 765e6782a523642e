/** Logs a person out everywhere, for an administrator. Doing it twice is doing it once. */
import { AppError } from '../errors.ts'
import type { RevocationFollower } from '../revocations/follow-revocations.ts'
import type { Administrator } from './administrator.ts'
import type { UserAdminStore } from './user-admin-store.ts'

type Dependencies = { users: Pick<UserAdminStore, 'endSessions'>; revocations: Pick<RevocationFollower, 'denySession'> }

/** Ends in `not_found`, or in `invalid_token` where the actor has been demoted, disabled or signed out meanwhile. */
export function createEndUserSessions({ users, revocations }: Dependencies) {
  return async function endUserSessions(id: string, administrator: Administrator): Promise<void> {
    const ended = await users.endSessions(id, administrator)
    if (!ended) throw new AppError('not_found')
    for (const sessionId of ended) revocations.denySession(sessionId, id)
  }
}

export type EndUserSessions = ReturnType<typeof createEndUserSessions>
