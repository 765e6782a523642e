/**
 * Wires the email addresses. This folder owns their form, the links that verify them, and the change of an address. It does not own
 * the account that the first link of a registration opens (registration/), or how mail is sent (mail/).
 */
import type { AccountStore } from '../accounts/account-store.ts'
import type { Config } from '../config/config.ts'
import type { Database } from '../database/client.ts'
import type { Limits } from '../limits/limits.ts'
import type { MailSettings } from '../mail/mail.ts'
import type { Outbox } from '../mail/outbox.ts'
import type { RequireLinkTarget } from '../mail/redirect-to.ts'
import { type ChangeEmail, createChangeEmail } from './change-email.ts'
import { createEmailAddressMails, type EmailAddressMails } from './email-address-mails.ts'
import { createEmailAddressStore, type EmailAddressStore } from './email-address-store.ts'
import type { EmailCodes } from './email-code.ts'
import type { FindLink } from './redeem-code.ts'
import { createSendVerification, type SendVerification } from './send-verification.ts'
import { createVerifyEmail, type OpensAccount, type VerifyEmail } from './verify-email.ts'

type Dependencies = {
  config: Pick<Config, 'emailVerificationSeconds' | 'signup'>
  database: Database
  accountStore: AccountStore
  limits: Limits
  outbox: Outbox
  mailSettings: MailSettings
  requireLinkTarget: RequireLinkTarget
  openAccount: OpensAccount
  codes: EmailCodes
  findLink: FindLink
}

export type EmailAddresses = {
  /** What a registration needs to send the first link. */
  readonly links: {
    readonly emails: EmailAddressStore
    readonly mails: EmailAddressMails
    readonly outbox: Outbox
    readonly codes: EmailCodes
    readonly requireLinkTarget: RequireLinkTarget
    readonly lifeSeconds: number
  }
  readonly sendVerification: SendVerification
  readonly verifyEmail: VerifyEmail
  readonly changeEmail: ChangeEmail
}

export function createEmailAddresses(dependencies: Dependencies): EmailAddresses {
  const { config, database, accountStore: accounts, limits, outbox, mailSettings, openAccount } = dependencies
  const { requireLinkTarget, codes, findLink } = dependencies
  const lifeSeconds = config.emailVerificationSeconds
  const emails = createEmailAddressStore(database)
  const mails = createEmailAddressMails({ ...mailSettings, lifeSeconds })
  const links = { emails, outbox, mails, codes, requireLinkTarget, lifeSeconds }
  return {
    links,
    sendVerification: createSendVerification({
      accounts,
      limits,
      ...links,
      verifiedOnly: config.signup === 'verified',
    }),
    verifyEmail: createVerifyEmail({ ...links, findLink, openAccount }),
    changeEmail: createChangeEmail({ accounts, limits, ...links }),
  }
}
