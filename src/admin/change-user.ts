/** Changes an account for an administrator. This node denies the ended sessions and tokens before it answers. */
import { AppError } from '../errors.ts'
import type { RevocationFollower } from '../revocations/follow-revocations.ts'
import type { FactorPolicy } from '../signin/policy.ts'
import type { Administrator } from './administrator.ts'
import type { UserAdminStore } from './user-admin-store.ts'
import { type ManagedUser, toManagedUser, type UserChangeBody } from './wire.ts'

type Dependencies = {
  users: Pick<UserAdminStore, 'change'>
  revocations: Pick<RevocationFollower, 'denyUser'>
  policy: Pick<FactorPolicy, 'requires'>
}

/**
 * The account after the change. Ends in `not_found`, in `last_admin` if no other administrator would be left, or in `invalid_request` if the
 * email of a user without one is to be verified. Ends in `token_revoked` if the administrator was demoted, disabled or signed out meanwhile.
 */
export type ChangeUser = (id: string, wish: UserChangeBody, administrator: Administrator) => Promise<ManagedUser>

/** Whether a user with these roles must have two factors. */
export const requiresTwoBy =
  (policy: Pick<FactorPolicy, 'requires'>) =>
  (roles: readonly string[]): boolean =>
    policy.requires({ roles: [...roles] })

export function createChangeUser({ users, revocations, policy }: Dependencies): ChangeUser {
  return async function changeUser(id, wish, administrator) {
    const { roles, disabled, email_verified: emailVerified } = wish
    const change = { roles: roles && (() => roles), requiresTwo: requiresTwoBy(policy), disabled, emailVerified }
    const result = await users.change(id, change, administrator)
    if (!result) throw new AppError('not_found')
    const { user, changed } = result
    if (changed) revocations.denyUser(id, user.tokenVersion)
    return toManagedUser(user, policy)
  }
}
