/** Reads and changes the signed-in person's account. */
import { AppError } from '../errors.ts'
import { toUser, type User } from './account.ts'
import type { AccountStore } from './account-store.ts'

/** Both end in `invalid_token` where the account is gone: the token outlived it. */
export function createProfile({ accounts }: { accounts: AccountStore }) {
  return {
    async read(userId: string): Promise<User> {
      const account = await accounts.findById(userId)
      if (!account) throw new AppError('invalid_token')
      return toUser(account)
    },
    async change(userId: string, { name }: { name: string | null }): Promise<User> {
      const account = await accounts.rename(userId, name)
      if (!account) throw new AppError('invalid_token')
      return toUser(account)
    },
  }
}

export type Profile = ReturnType<typeof createProfile>
