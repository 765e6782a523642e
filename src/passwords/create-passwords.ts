/**
 * Wires the passwords. This folder owns their hashes, the queue of hashing work, the policy, change and reset. It does not own the
 * login that checks a password (signin/).
 */
import type { AccountStore } from '../accounts/account-store.ts'
import type { AuditStore } from '../audit/audit-store.ts'
import type { Config } from '../config/config.ts'
import type { Database } from '../database/client.ts'
import type { EmailCodes } from '../email-addresses/email-code.ts'
import type { FindLink } from '../email-addresses/redeem-code.ts'
import type { AfterAnswer } from '../http/after-answer.ts'
import type { Limits } from '../limits/limits.ts'
import type { MailSettings } from '../mail/mail.ts'
import type { Outbox } from '../mail/outbox.ts'
import type { RequireLinkTarget } from '../mail/redirect-to.ts'
import type { RevocationFollower } from '../revocations/follow-revocations.ts'
import type { NewLines } from '../sessions/token-pair.ts'
import type { Tokens } from '../tokens/create-tokens.ts'
import { type ChangePassword, createChangePassword } from './change-password.ts'
import { createHashing, type Hashing } from './hashing.ts'
import { createPasswordMails } from './password-mails.ts'
import { createPasswordPolicy, type PasswordPolicy } from './password-policy.ts'
import { createPasswordStore } from './password-store.ts'
import { createRequestReset, type RequestReset } from './request-reset.ts'
import { createResetPassword, type ResetPassword } from './reset-password.ts'
import { serviceNames } from './service-names.ts'

// More hashes than this in a lane of the queue would keep a login waiting for longer than a client waits.
const mostWaiting = 20

type Dependencies = {
  config: Pick<
    Config,
    | 'passwordPeppers'
    | 'bcryptCost'
    | 'hashesAtOnce'
    | 'passwordMinLength'
    | 'passwordResetSeconds'
    | 'publicUrl'
    | 'appUrl'
    | 'mailFrom'
  >
  database: Database
  accountStore: AccountStore
  revocations: Pick<RevocationFollower, 'denyUser'>
  tokens: Pick<Tokens, 'trustedDeviceTokens'>
  newLine: NewLines
  limits: Limits
  audit: AuditStore
  outbox: Outbox
  mailSettings: MailSettings
  codes: EmailCodes
  findLink: FindLink
  requireLinkTarget: RequireLinkTarget
  afterAnswer: AfterAnswer
  log: { readonly warn: (about: object, text: string) => void }
}

export type Passwords = {
  readonly hashing: Hashing
  readonly requireGoodPassword: PasswordPolicy
  readonly changePassword: ChangePassword
  readonly requestReset: RequestReset
  readonly resetPassword: ResetPassword
}

export function createPasswords(dependencies: Dependencies): Passwords {
  const { config, database, accountStore, revocations, limits, audit, outbox, mailSettings, log, afterAnswer } =
    dependencies
  const { tokens, newLine, requireLinkTarget, codes, findLink } = dependencies
  const hashing = createHashing({
    peppers: config.passwordPeppers,
    cost: config.bcryptCost,
    cores: config.hashesAtOnce,
    queue: mostWaiting,
    onUnusable: (hash) => log.warn(hash, 'no password can be compared with the stored hash of this user'),
  })
  const requireGoodPassword = createPasswordPolicy({
    minLength: config.passwordMinLength,
    serviceNames: serviceNames(config),
  })
  const passwordStore = createPasswordStore(database)
  const mails = createPasswordMails(mailSettings)
  const replacing = { passwordStore, hashing, requireGoodPassword, outbox, mails, revocations }
  return {
    hashing,
    requireGoodPassword,
    changePassword: createChangePassword({
      ...replacing,
      accounts: accountStore,
      audit,
      limits,
      newLine,
    }),
    requestReset: createRequestReset({
      accounts: accountStore,
      passwordStore,
      outbox,
      limits,
      mails,
      codes,
      requireLinkTarget,
      afterAnswer,
      lifeSeconds: config.passwordResetSeconds,
    }),
    resetPassword: createResetPassword({
      ...replacing,
      findLink,
      limits,
      trustedDeviceTokens: tokens.trustedDeviceTokens,
    }),
  }
}
