/** Opens an account, as far as the operator opens any, and asks for a proof of its address: before or after. */

import type { AccountStore } from '../accounts/account-store.ts'
import { emailKey } from '../email-addresses/email.ts'
import type { SendVerification } from '../email-addresses/send-verification.ts'
import { AppError } from '../errors.ts'
import type { Limits } from '../limits/limits.ts'
import type { PasswordHashes } from '../passwords/password-hash.ts'
import type { PasswordPolicy } from '../passwords/password-policy.ts'
import type { TokenPair } from '../sessions/token-pair.ts'
import type { Client, StartSession } from '../signin/start-session.ts'
import type { AwaitVerification } from './await-verification.ts'

type Dependencies = {
  accounts: AccountStore
  passwords: PasswordHashes
  requireGoodPassword: PasswordPolicy
  sendVerification: Pick<SendVerification, 'newProof' | 'posted'>
  awaitVerification: AwaitVerification
  startSession: StartSession
  limits: Pick<Limits, 'requireOfAddress' | 'allowsLetter'>
  signup: 'open' | 'verified' | 'closed'
}
type Registration = { email: string; password: string; name?: string | undefined }

/**
 * Where sign-up is open, the first session of the new account; ends in `email_taken` (also for the later of two at once).
 * Where addresses must be proven first, undefined: the account waits for the proof, and a letter goes out whoever has the
 * address. Ends in `signup_closed`, `invalid_request` where the password is too weak, `rate_limited`, or `overloaded`.
 */
export function createRegister(given: Dependencies) {
  const {
    accounts,
    passwords,
    requireGoodPassword,
    sendVerification,
    awaitVerification,
    startSession,
    limits,
    signup,
  } = given

  return async function register(wanted: Registration, client: Client): Promise<TokenPair | undefined> {
    if (signup === 'closed') throw new AppError('signup_closed')
    passwords.requireRoom()
    const { email, password, name = null } = wanted
    requireGoodPassword(password, email)
    await limits.requireOfAddress('register', client.context.ip)
    const key = emailKey(email)
    // Whoever has the address, if anybody: what is done for one is done for all.
    const allowed = signup === 'open' || (await limits.allowsLetter('register', key))
    const known = await accounts.findByEmailKey(key)
    if (known && signup === 'open') throw new AppError('email_taken')
    // Also for an address that is known: the time would tell.
    const passwordHash = await passwords.hash(password)
    const wish = { email, emailKey: key, name, passwordHash }
    if (signup === 'verified') {
      await awaitVerification(wish, { known, allowed }, client.context)
      return undefined
    }
    const proof = await sendVerification.newProof(email)
    const account = await accounts.insert(wish, proof, client.context)
    sendVerification.posted()
    if (!account) throw new AppError('email_taken')
    return startSession(account, client)
  }
}

export type Register = ReturnType<typeof createRegister>
