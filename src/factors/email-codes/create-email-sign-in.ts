/**
 * Wires signing in by mail. This folder owns the mails with a code and a link that sign a user in, and their approval on another device. It does
 * not own the sign-in that they belong to (signin/), or the codes in other mails (email-addresses/).
 */
import type { AccountStore } from '../../accounts/account-store.ts'
import type { AuditStore } from '../../audit/audit-store.ts'
import type { Database } from '../../database/client.ts'
import type { EmailCodes } from '../../email-addresses/email-code.ts'
import type { FindLink } from '../../email-addresses/redeem-code.ts'
import type { AfterAnswer } from '../../http/after-answer.ts'
import type { Limits } from '../../limits/limits.ts'
import type { MailSettings } from '../../mail/mail.ts'
import type { Outbox } from '../../mail/outbox.ts'
import type { RequireLinkTarget } from '../../mail/redirect-to.ts'
import type { RevocationFollower } from '../../revocations/follow-revocations.ts'
import type { Signin } from '../../signin/create-signin.ts'
import { createApprovalStore } from './approval-store.ts'
import { type ApproveSignIn, createApproveSignIn } from './approve-sign-in.ts'
import { createLoginByMail, type LoginByMail } from './login-by-mail.ts'
import { createProveCodeInSession, type ProveCodeInSession } from './prove-code-in-session.ts'
import { createProveEmail } from './prove-email.ts'
import { createReclaimAccount } from './reclaim-account.ts'
import { createReclaimStore } from './reclaim-store.ts'
import { createRequestCode, type RequestCode } from './request-code.ts'
import { createRequestSignIn, type RequestSignIn } from './request-sign-in.ts'
import { createSignInMailStore } from './sign-in-mail-store.ts'
import { createSignInMails } from './sign-in-mails.ts'

type Dependencies = {
  database: Database
  accountStore: AccountStore
  signin: Pick<Signin, 'policy' | 'attempts' | 'advance'>
  codes: EmailCodes
  findLink: FindLink
  revocations: Pick<RevocationFollower, 'denyUser'>
  limits: Limits
  audit: AuditStore
  outbox: Outbox
  mailSettings: MailSettings
  requireLinkTarget: RequireLinkTarget
  afterAnswer: AfterAnswer
}

export type EmailSignIn = {
  readonly requestSignIn: RequestSignIn
  readonly loginByMail: LoginByMail
  readonly requestCode: RequestCode
  readonly proveCodeInSession: ProveCodeInSession
  readonly approveSignIn: ApproveSignIn
}

export function createEmailSignIn(dependencies: Dependencies): EmailSignIn {
  const { database, accountStore: accounts, signin, revocations, limits, outbox, codes, findLink } = dependencies
  const { audit, mailSettings, requireLinkTarget, afterAnswer } = dependencies
  const { policy, attempts, advance } = signin
  const store = createSignInMailStore(database)
  const mails = createSignInMails(mailSettings)
  const reclaimAccount = createReclaimAccount({
    accounts,
    store: createReclaimStore(database),
    outbox,
    mails,
    revocations,
  })
  const proveEmail = createProveEmail({ accounts, store, findLink, reclaimAccount })
  return {
    requestSignIn: createRequestSignIn({
      accounts,
      attempts,
      store,
      outbox,
      mails,
      codes,
      requireLinkTarget,
      limits,
      afterAnswer,
    }),
    requestCode: createRequestCode({ accounts, attempts, policy, store, outbox, mails, codes, limits }),
    proveCodeInSession: createProveCodeInSession({ attempts, proveEmail, audit }),
    loginByMail: createLoginByMail({ attempts, proveEmail, store, audit, advance }),
    approveSignIn: createApproveSignIn({ store: createApprovalStore(database), limits }),
  }
}
