/**
 * Opens an account with a passkey and without a password. With `SIGNUP=verified` the passkey waits until the mail has come back. A code from
 * the mail then opens the account, because it is good only for the client that registered.
 */
import type { AccountStore } from '../../accounts/account-store.ts'
import type { Config } from '../../config/config.ts'
import { emailKey } from '../../email-addresses/email.ts'
import type { SendVerification } from '../../email-addresses/send-verification.ts'
import { AppError } from '../../errors.ts'
import { defaultName } from '../../factors/passkeys/authenticator-names.ts'
import type { CreatedCredential } from '../../factors/passkeys/credential.ts'
import type { CreationOptions } from '../../factors/passkeys/options.ts'
import { methodOf, userIdOf } from '../../factors/passkeys/passkey.ts'
import type { Webauthn } from '../../factors/passkeys/webauthn.ts'
import { newRecoveryCodes } from '../../factors/recovery-codes/recovery-code.ts'
import type { Limits } from '../../limits/limits.ts'
import type { RequireLinkTarget } from '../../mail/redirect-to.ts'
import type { Advance, SigninResult } from '../../signin/advance.ts'
import type { Client } from '../../signin/attempt.ts'
import type { AwaitVerification } from '../await-verification.ts'
import type { PasskeyAccountStore } from '../passkey-account-store.ts'

type Dependencies = {
  accounts: Pick<AccountStore, 'findByEmailKey'>
  passkeyAccounts: PasskeyAccountStore
  webauthn: Pick<Webauthn, 'creationOptions' | 'verifyCreated'>
  sendVerification: Pick<SendVerification, 'newLink' | 'posted'>
  awaitVerification: AwaitVerification
  advance: Advance
  requireLinkTarget: RequireLinkTarget
  limits: Pick<Limits, 'requireOfAddress' | 'allowsMail'>
  signup: Config['signup']
  /** How long the link in the mail works. */
  linkSeconds: number
}

type Wish = { readonly email: string; readonly name?: string | undefined }
type Registration = Wish & {
  readonly credential: CreatedCredential
  readonly passkey_name?: string | undefined
  readonly redirect_to?: string | undefined
}

type Registered = {
  readonly result: SigninResult | undefined
  readonly verificationId: string
  readonly recoveryCodes?: readonly string[] | undefined
}

export type RegisterWithPasskey = {
  /** Options for the passkey of a new account. They do not tell whether the email has one. Ends in `signup_closed`. */
  readonly options: (wish: Wish) => Promise<CreationOptions>
  /**
   * As `Register`, with the recovery codes of the new account. Ends in `signup_closed`, `email_taken`, `rate_limited`, or
   * `invalid_request` if links may not lead to `redirect_to`. Ends in `invalid_challenge`, `invalid_passkey`, `passkey_origin_refused` or
   * `passkey_exists` too.
   */
  readonly register: (wanted: Registration, client: Client) => Promise<Registered>
}

const useOf = (key: string) => ({ purpose: 'register', binding: key }) as const

export function createRegisterWithPasskey(dependencies: Dependencies): RegisterWithPasskey {
  const { accounts, passkeyAccounts, webauthn, limits, signup, linkSeconds } = dependencies
  const { requireLinkTarget, sendVerification, awaitVerification, advance } = dependencies

  return {
    async options({ email, name }) {
      if (signup === 'closed') throw new AppError('signup_closed')
      return webauthn.creationOptions({
        use: useOf(emailKey(email)),
        user: { name: email, displayName: name ?? email },
        exclude: [],
        // Nothing else signs the user in, so the passkey must work alone.
        residentKey: 'required',
        userVerification: 'required',
      })
    },

    async register({ email, name = null, credential, passkey_name: chosen, redirect_to: redirectTo }, client) {
      if (signup === 'closed') throw new AppError('signup_closed')
      const page = requireLinkTarget(redirectTo)
      const { context } = client
      const key = emailKey(email)
      await limits.requireOfAddress('register', context.ip)
      const rule = { use: useOf(key), userVerification: 'required' } as const
      const { passkey, challenge } = await webauthn.verifyCreated(credential, rule)
      const known = await accounts.findByEmailKey(key)
      if (known && signup === 'open') throw new AppError('email_taken')
      const allowed = await limits.allowsMail('register', { emailKey: key, ip: context.ip, linkSeconds })
      const passkeyName = chosen ?? defaultName(passkey.aaguid, context.userAgent)
      const pending = { userId: userIdOf(challenge.nonce), passkey, name: passkeyName }
      if (signup === 'verified') {
        const account = { email, emailKey: key, name, passwordHash: null, passkey: pending }
        const verificationId = await awaitVerification(account, { known, allowed, page }, context)
        return { result: undefined, verificationId }
      }
      const { link, verificationId } = await sendVerification.newLink(email, page)
      const { codes: recoveryCodes, hashes } = newRecoveryCodes()
      const wanted = { email, emailKey: key, name, pending, challenge, hashes, context }
      const account = await passkeyAccounts.insert({ ...wanted, link: allowed ? link : undefined })
      sendVerification.posted()
      if (!account) throw new AppError('email_taken')
      const proof = { account, amr: [methodOf(passkey), 'mfa'] }
      const result = await advance({ goal: 'session', client, amr: [] }, proof)
      return { result, verificationId, recoveryCodes }
    },
  }
}
