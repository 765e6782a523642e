/** Opens an account, as far as the operator opens any, and asks for a proof of its address. */
import type { ProveEmail } from '../emails/prove-email.ts'
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
  proveEmail: ProveEmail
  startSession: StartSession
  signup: 'open' | 'verified' | 'closed'
}
type Registration = { email: string; password: string; name?: string | undefined }

/**
 * Where sign-up is open, the first session of the new account; ends in `email_taken` (also for the later of two at once).
 * Where addresses must be proven first, undefined, with a letter to the address whoever has it. Ends in `signup_closed`,
 * `invalid_request` where the password is too weak, or `overloaded`.
 */
export function createRegister(given: Given) {
  const { accounts, passwords, requireGoodPassword, proveEmail, startSession, signup } = given

  return async function register(wanted: Registration, client: Client): Promise<TokenPair | undefined> {
    if (signup === 'closed') throw new AppError('signup_closed')
    passwords.requireRoom()
    const { email, password, name = null } = wanted
    requireGoodPassword(password, email)
    const key = emailKey(email)
    const known = await accounts.findByEmailKey(key)
    if (known && signup === 'open') throw new AppError('email_taken')
    // Also for an address that is known: the time would tell.
    const passwordHash = await passwords.hash(password)
    if (known) {
      await proveEmail.answerKnown(known, client.context)
      return undefined
    }
    const proof = await proveEmail.newProof(email)
    const account = await accounts.insert({ email, emailKey: key, name, passwordHash }, proof, client.context)
    proveEmail.posted()
    if (signup === 'open') {
      if (!account) throw new AppError('email_taken')
      return startSession(account, client)
    }
    const other = account ? null : await accounts.findByEmailKey(key)
    if (other) await proveEmail.answerKnown(other, client.context)
    return undefined
  }
}

export type Register = ReturnType<typeof createRegister>
