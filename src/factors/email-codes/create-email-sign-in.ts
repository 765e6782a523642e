/**
 * Wires signing in by mail. This folder owns the mails with a code and a link that sign a user in, and their approval on another device. It does
 * not own the sign-in that they belong to (signin/), or the codes in other mails (email-addresses/).
 */
import type { AccountStore } from '../../accounts/account-store.ts'
import type { Database } from '../../database/client.ts'
import type { EmailCodes } from '../../email-addresses/email-code.ts'
import type { AfterAnswer } from '../../http/after-answer.ts'
import type { Limits } from '../../limits/limits.ts'
import type { MailSettings } from '../../mail/mail.ts'
import type { Outbox } from '../../mail/outbox.ts'
import type { RequireLinkTarget } from '../../mail/redirect-to.ts'
import type { Attempts } from '../../signin/attempts.ts'
import { createRequestSignIn, type RequestSignIn } from './request-sign-in.ts'
import { createSignInMailStore } from './sign-in-mail-store.ts'
import { createSignInMails } from './sign-in-mails.ts'

type Dependencies = {
  database: Database
  accountStore: AccountStore
  attempts: Attempts
  codes: EmailCodes
  limits: Limits
  outbox: Outbox
  mailSettings: MailSettings
  requireLinkTarget: RequireLinkTarget
  afterAnswer: AfterAnswer
}

export type EmailSignIn = {
  readonly requestSignIn: RequestSignIn
}

export function createEmailSignIn(dependencies: Dependencies): EmailSignIn {
  const { database, accountStore: accounts, mailSettings, ...shared } = dependencies
  const store = createSignInMailStore(database)
  const mails = createSignInMails(mailSettings)
  return {
    requestSignIn: createRequestSignIn({ accounts, store, mails, ...shared }),
  }
}
