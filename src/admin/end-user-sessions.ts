/** Ends every session of a user, for an administrator. A repeated request changes nothing. */
import { AppError } from '../errors.ts'
import type { RevocationFollower } from '../revocations/follow-revocations.ts'
import type { Administrator } from './administrator.ts'
import type { UserAdminStore } from './user-admin-store.ts'

type Dependencies = { users: Pick<UserAdminStore, 'endSessions'>; revocations: Pick<RevocationFollower, 'denyUser'> }

/** Ends in `not_found`, or in `token_revoked` if the administrator was demoted, disabled or signed out meanwhile. */
export type EndUserSessions = (id: string, administrator: Administrator) => Promise<void>

export function createEndUserSessions({ users, revocations }: Dependencies): EndUserSessions {
  return async function endUserSessions(id, administrator) {
    const ended = await users.endSessions(id, administrator)
    if (!ended) throw new AppError('not_found')
    revocations.denyUser(id, ended.tokenVersion)
  }
}
