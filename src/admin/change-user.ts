/** Changes an account for an administrator. What that ends is denied on this node before the answer. */
import { AppError } from '../errors.ts'
import type { RevocationFollower } from '../revocations/follow-revocations.ts'
import type { Administrator } from './administrator.ts'
import type { UserAdminStore } from './user-admin-store.ts'
import { type ManagedUser, toManagedUser, type UserChangeBody } from './wire.ts'

type Dependencies = {
  users: Pick<UserAdminStore, 'change'>
  revocations: Pick<RevocationFollower, 'denySession' | 'denyPerson'>
}

/**
 * The account after the change. Ends in `not_found`, in `last_admin` where nobody else would be one, or in `invalid_token`
 * where the actor has been demoted, disabled or signed out meanwhile.
 */
export function createChangeUser({ users, revocations }: Dependencies) {
  return async function changeUser(
    id: string,
    wish: UserChangeBody,
    administrator: Administrator,
  ): Promise<ManagedUser> {
    const { roles, disabled, email_verified: emailVerified } = wish
    const result = await users.change(id, { roles: roles && (() => roles), disabled, emailVerified }, administrator)
    if (!result) throw new AppError('not_found')
    const { user, endedSessions, changed } = result
    for (const sessionId of endedSessions) revocations.denySession(sessionId, id)
    if (changed) revocations.denyPerson(id, user.tokenVersion)
    return toManagedUser(user)
  }
}

export type ChangeUser = ReturnType<typeof createChangeUser>
