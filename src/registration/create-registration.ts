/**
 * Wires the registration. This folder owns how an account begins: at once, or, with `SIGNUP=verified`, when the link in the mail
 * is opened. It does not own the account after that (accounts/), or the links (email-addresses/).
 */
import type { AccountStore } from '../accounts/account-store.ts'
import type { Config } from '../config/config.ts'
import type { Database } from '../database/client.ts'
import type { EmailAddresses } from '../email-addresses/create-email-addresses.ts'
import type { Passkeys } from '../factors/passkeys/create-passkeys.ts'
import type { Limits } from '../limits/limits.ts'
import type { Passwords } from '../passwords/create-passwords.ts'
import type { RevocationFollower } from '../revocations/follow-revocations.ts'
import type { Advance } from '../signin/advance.ts'
import { createAwaitVerification } from './await-verification.ts'
import { createOpenAccount, type OpenAccount } from './open-account.ts'
import { createRegisterWithPasskey, type RegisterWithPasskey } from './passkey/register-with-passkey.ts'
import { createPasskeyAccountStore } from './passkey-account-store.ts'
import { createRegister, type Register } from './register.ts'
import { createRegistrationStore, type RegistrationStore } from './registration-store.ts'

type PendingDependencies = {
  config: Pick<Config, 'signup'>
  database: Database
  passwords: Pick<Passwords, 'hashing' | 'requireGoodPassword'>
  limits: Limits
  revocations: Pick<RevocationFollower, 'denyUser'>
}

export type PendingRegistrations = { readonly registrations: RegistrationStore; readonly openAccount: OpenAccount }

/** The registrations that wait for a link to be opened. The link is verified in email-addresses/, so this comes first. */
export function createPendingRegistrations(dependencies: PendingDependencies): PendingRegistrations {
  const { config, database, passwords, limits, revocations } = dependencies
  const registrations = createRegistrationStore(database)
  const { hashing, requireGoodPassword } = passwords
  const { signup } = config
  const openAccount = createOpenAccount({ registrations, hashing, requireGoodPassword, limits, revocations, signup })
  return { registrations, openAccount }
}

type Dependencies = {
  config: Pick<Config, 'signup'>
  database: Database
  webauthn: Passkeys['webauthn']
  accountStore: AccountStore
  pending: PendingRegistrations
  emailAddresses: Pick<EmailAddresses, 'links' | 'sendVerification'>
  passwords: Pick<Passwords, 'hashing' | 'requireGoodPassword'>
  advance: Advance
  limits: Limits
}

export type RegistrationFeature = {
  readonly register: Register
  readonly registerWithPasskey: RegisterWithPasskey
}

export function createRegistration(dependencies: Dependencies): RegistrationFeature {
  const { config, database, webauthn, accountStore, pending, emailAddresses, passwords, advance, limits } = dependencies
  const shared = {
    accounts: accountStore,
    sendVerification: emailAddresses.sendVerification,
    awaitVerification: createAwaitVerification({ registrations: pending.registrations, ...emailAddresses.links }),
    advance,
    requireLinkTarget: emailAddresses.links.requireLinkTarget,
    limits,
    linkSeconds: emailAddresses.links.lifeSeconds,
    signup: config.signup,
  }
  const { hashing, requireGoodPassword } = passwords
  return {
    register: createRegister({ ...shared, hashing, requireGoodPassword }),
    registerWithPasskey: createRegisterWithPasskey({
      ...shared,
      passkeyAccounts: createPasskeyAccountStore(database),
      webauthn,
    }),
  }
}
