/**
 * Sends a link for a new password to an address with an account. The request is answered before the account is looked up, so neither the
 * response nor its timing tells the requester whether there is one. The same work is done for an address without one, because other
 * requests wait for the same database.
 */
import type { AccountStore } from '../accounts/account-store.ts'
import { emailKey } from '../email-addresses/email.ts'
import type { EmailCodes, NewCode } from '../email-addresses/email-code.ts'
import type { AfterAnswer } from '../http/after-answer.ts'
import type { RequestContext } from '../http/request-context.ts'
import type { Limits } from '../limits/limits.ts'
import type { LinkTarget } from '../mail/link-target.ts'
import type { Outbox } from '../mail/outbox.ts'
import type { RequireLinkTarget } from '../mail/redirect-to.ts'
import { createOneTimeToken } from '../tokens/one-time-token.ts'
import type { PasswordMails } from './password-mails.ts'
import type { PasswordStore } from './password-store.ts'

type Dependencies = {
  accounts: Pick<AccountStore, 'findByEmailKey'>
  passwordStore: Pick<PasswordStore, 'request' | 'requireDatabase'>
  outbox: Pick<Outbox, 'seal' | 'posted'>
  mails: Pick<PasswordMails, 'reset'>
  codes: Pick<EmailCodes, 'create'>
  requireLinkTarget: RequireLinkTarget
  limits: Pick<Limits, 'requireOfAddress' | 'allowsMail'>
  afterAnswer: AfterAnswer
  lifeSeconds: number
}

type Wish = { readonly email: string; readonly redirectTo: string | undefined }

type Asked = {
  readonly email: string
  readonly key: string
  readonly page: LinkTarget | undefined
  readonly code: NewCode
}

// A user who asks again gets another mail only after this pause, and has at most this many valid links.
const pauseSeconds = 60
const mostLive = 3

/**
 * The verification_id, the same way for every address, before the mail is written. Ends in `invalid_request` if links may not lead to `redirectTo`.
 * Ends in `rate_limited`, by client address, in `overloaded`, or in `database_unavailable`.
 */
export type RequestReset = (wish: Wish, context: RequestContext) => Promise<string>

export function createRequestReset(dependencies: Dependencies): RequestReset {
  const { accounts, passwordStore, outbox, mails, codes, limits, requireLinkTarget, afterAnswer, lifeSeconds } =
    dependencies

  async function writeMail({ email, key, page, code }: Asked, context: RequestContext): Promise<void> {
    const account = await accounts.findByEmailKey(key)
    const userId = account?.id ?? null
    // The mail goes to the stored address, never to its spelling in this request. For an unknown address it is written and dropped.
    const to = account?.email ?? email
    const isVerified = account ? account.emailVerifiedAt !== null : false
    const allowed = await limits.allowsMail('password_reset', {
      emailKey: key,
      ip: context.ip,
      linkSeconds: lifeSeconds,
      isVerified,
    })
    const { token, hash } = createOneTimeToken()
    const mailed = { code: code.code, lifeSeconds: code.stored.lifeSeconds }
    const mail = await outbox.seal(mails.reset(to, { token, page, lifeSeconds, code: mailed }), userId)
    const link = { lifeSeconds, pauseSeconds, mostLive, code: code.stored }
    await passwordStore.request({ userId, email: to, emailKey: key, hash, mail, allowed, ...link, context })
    outbox.posted()
  }

  return async function requestReset({ email, redirectTo }, context) {
    const page = requireLinkTarget(redirectTo)
    await limits.requireOfAddress('letters_address', context.ip)
    // An answer that promises a mail would be wrong while the database is away.
    await passwordStore.requireDatabase()
    const key = emailKey(email)
    const code = codes.create(key, lifeSeconds)
    const asked = { email, key, page, code }
    afterAnswer(() => writeMail(asked, context), 'a mail for a new password could not be written')
    return code.verificationId
  }
}
