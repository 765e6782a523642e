/** Reads and changes the profile of the signed-in user. */
import { AppError } from '../errors.ts'
import { toUser, type User } from './account.ts'
import type { AccountStore } from './account-store.ts'

/** Both end in `token_revoked` if the account is gone: the token has outlived it. */
export type Profile = {
  readonly read: (userId: string) => Promise<User>
  /** The user after the change. */
  readonly change: (userId: string, change: { name: string | null }) => Promise<User>
}

export function createProfile({ accounts }: { accounts: Pick<AccountStore, 'findById' | 'rename'> }): Profile {
  return {
    async read(userId) {
      const account = await accounts.findById(userId)
      if (!account) throw new AppError('token_revoked')
      return toUser(account)
    },
    async change(userId, { name }) {
      const account = await accounts.rename(userId, name)
      if (!account) throw new AppError('token_revoked')
      return toUser(account)
    },
  }
}
