/** Opens an account, if registration is open, and asks the user to verify the address: afterwards, or before with `SIGNUP=verified`. */
import type { AccountStore } from '../accounts/account-store.ts'
import type { Config } from '../config/config.ts'
import { emailKey } from '../email-addresses/email.ts'
import type { SendVerification } from '../email-addresses/send-verification.ts'
import { AppError } from '../errors.ts'
import { clientAddress } from '../limits/client-address.ts'
import type { Limits } from '../limits/limits.ts'
import type { RequireLinkTarget } from '../mail/redirect-to.ts'
import type { Hashing } from '../passwords/hashing.ts'
import type { PasswordPolicy } from '../passwords/password-policy.ts'
import type { Advance, SigninResult } from '../signin/advance.ts'
import type { Client } from '../signin/attempt.ts'
import type { AwaitVerification } from './await-verification.ts'

type Dependencies = {
  accounts: AccountStore
  hashing: Hashing
  requireGoodPassword: PasswordPolicy
  sendVerification: Pick<SendVerification, 'newLink' | 'posted'>
  awaitVerification: AwaitVerification
  advance: Advance
  requireLinkTarget: RequireLinkTarget
  limits: Pick<Limits, 'requireOfAddress' | 'allowsMail'>
  signup: Config['signup']
  /** How long the link in the mail works. */
  linkSeconds: number
}
type Registration = {
  email: string
  password: string
  name?: string | undefined
  /** The page that the link in the mail leads to. */
  redirect_to?: string | undefined
}

/** `verificationId` goes with the code in the mail. */
type Registered = { readonly result: SigninResult | undefined; readonly verificationId: string }

/**
 * With `SIGNUP=open`, the first session of the new account. Ends in `email_taken`, also for the later of two requests at once. With
 * `SIGNUP=verified`, the verification_id alone: a mail is sent, whether the address has an account or not. Ends in `signup_closed`,
 * `invalid_request` if the password is too weak or links may not lead to `redirect_to`, `rate_limited` or `overloaded`.
 */
export type Register = (wanted: Registration, client: Client) => Promise<Registered>

export function createRegister(dependencies: Dependencies): Register {
  const { accounts, hashing, limits, signup, linkSeconds } = dependencies
  const { requireGoodPassword, requireLinkTarget, sendVerification, awaitVerification, advance } = dependencies

  return async function register(wanted, client) {
    if (signup === 'closed') throw new AppError('signup_closed')
    const { email, password, name = null } = wanted
    const page = requireLinkTarget(wanted.redirect_to)
    const key = emailKey(email)
    const requester = { address: clientAddress(client.context.ip), account: key, trusted: false }
    return hashing.withPlace(requester, async (place) => {
      requireGoodPassword(password, email)
      await limits.requireOfAddress('register', client.context.ip)
      const known = await accounts.findByEmailKey(key)
      if (known && signup === 'open') throw new AppError('email_taken')
      // With `SIGNUP=verified`, the mailbox limit is asked for every address, so that it does not tell which address has an account.
      const allowed = await limits.allowsMail('register', { emailKey: key, ip: client.context.ip, linkSeconds })
      // The password is hashed also for a known address. Otherwise the time would tell that the address is known.
      const passwordHash = await hashing.of(requester, place).hash(password)
      const account = { email, emailKey: key, name, passwordHash }
      if (signup === 'verified') {
        const verificationId = await awaitVerification(account, { known, allowed, page }, client.context)
        return { result: undefined, verificationId }
      }
      // Beyond the limit the account is opened without a mail. The user can ask for the link later.
      const { link, verificationId } = await sendVerification.newLink(email, page)
      const inserted = await accounts.insert(account, allowed ? link : undefined, client.context)
      sendVerification.posted()
      if (!inserted) throw new AppError('email_taken')
      const result = await advance({ goal: 'session', client, amr: [] }, { account: inserted, amr: ['pwd'] })
      return { result, verificationId }
    })
  }
}
