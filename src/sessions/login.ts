/** Logs a person in. An unknown email costs the same work as a wrong password, and reads the same. */
import type { AccountStore } from '../accounts/account-store.ts'
import { emailKey } from '../accounts/email.ts'
import type { PasswordHashes } from '../accounts/password-hash.ts'
import type { AuditStore } from '../audit/audit-store.ts'
import { AppError } from '../errors.ts'
import type { Client, StartSession } from './start-session.ts'
import type { TokenPair } from './token-pair.ts'

type Given = {
  accounts: AccountStore
  passwords: PasswordHashes
  audit: Pick<AuditStore, 'record'>
  startSession: StartSession
  /** Whether nobody is let in before their address is proven. */
  verifiedOnly: boolean
}
type Credentials = { email: string; password: string }

/**
 * A new session. Ends in `invalid_credentials`; only for who knows the password, in `account_disabled` or
 * `email_not_verified`; or in `overloaded`.
 */
export function createLogin({ accounts, passwords, audit, startSession, verifiedOnly }: Given) {
  return async function login({ email, password }: Credentials, client: Client): Promise<TokenPair> {
    passwords.requireRoom()
    const account = await accounts.findByEmailKey(emailKey(email))
    const { matches, renewed } = await passwords.check(password, account?.passwordHash)
    const unproven = verifiedOnly && account?.emailVerifiedAt === null
    if (!account || !matches || account.disabledAt || unproven) {
      await audit.record({ type: 'login_failed', subjectId: account?.id, context: client.context })
      if (!account || !matches) throw new AppError('invalid_credentials')
      throw new AppError(account.disabledAt ? 'account_disabled' : 'email_not_verified')
    }
    if (renewed === undefined) return startSession(account, client)
    await accounts.renewPasswordHash(account.id, account.passwordHash, renewed)
    return startSession({ ...account, passwordHash: renewed }, client)
  }
}

export type Login = ReturnType<typeof createLogin>
