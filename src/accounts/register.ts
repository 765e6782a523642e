/** Opens an account and logs in to it. */
import { AppError } from '../errors.ts'
import type { Client, StartSession } from '../sessions/start-session.ts'
import type { TokenPair } from '../sessions/token-pair.ts'
import type { AccountStore } from './account-store.ts'
import { emailKey } from './email.ts'
import type { PasswordHashes } from './password-hash.ts'
import type { PasswordPolicy } from './password-policy.ts'

type Given = {
  accounts: AccountStore
  passwords: PasswordHashes
  requireGoodPassword: PasswordPolicy
  startSession: StartSession
}
type Registration = { email: string; password: string; name?: string | undefined }

/**
 * The first session of the new account. Ends in `email_taken` (also for the later of two at once), `invalid_request`
 * where the password is too weak, or `overloaded`.
 */
export function createRegister({ accounts, passwords, requireGoodPassword, startSession }: Given) {
  return async function register({ email, password, name }: Registration, client: Client): Promise<TokenPair> {
    requireGoodPassword(password, email)
    const key = emailKey(email)
    if (await accounts.findByEmailKey(key)) throw new AppError('email_taken')
    const passwordHash = await passwords.hash(password)
    const account = await accounts.insert({ email, emailKey: key, name: name ?? null, passwordHash }, client.context)
    if (!account) throw new AppError('email_taken')
    return startSession(account, client)
  }
}

export type Register = ReturnType<typeof createRegister>
