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
}
type Credentials = { email: string; password: string }

/** A new session. Ends in `invalid_credentials`, `account_disabled` (only for who knows the password) or `overloaded`. */
export function createLogin({ accounts, passwords, audit, startSession }: Given) {
  return async function login({ email, password }: Credentials, client: Client): Promise<TokenPair> {
    const account = await accounts.findByEmailKey(emailKey(email))
    const { matches, renewed } = await passwords.check(password, account?.passwordHash)
    if (!account || !matches || account.disabledAt) {
      await audit.record({ type: 'login_failed', subjectId: account?.id, context: client.context })
      throw new AppError(account && matches ? 'account_disabled' : 'invalid_credentials')
    }
    if (renewed === undefined) return startSession(account, client)
    await accounts.renewPasswordHash(account.id, account.passwordHash, renewed)
    return startSession({ ...account, passwordHash: renewed }, client)
  }
}

export type Login = ReturnType<typeof createLogin>
