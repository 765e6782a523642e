/**
 * Sends a mail that signs its reader in, to an email with an account. The request is answered before the account is looked up, and every
 * request stores an attempt without an account, so the requester does not learn which emails have one.
 */
import { randomInt, randomUUID } from 'node:crypto'
import type { AccountStore } from '../../accounts/account-store.ts'
import { emailKey } from '../../email-addresses/email.ts'
import type { EmailCodes, NewCode } from '../../email-addresses/email-code.ts'
import type { AfterAnswer } from '../../http/after-answer.ts'
import type { RequestContext } from '../../http/request-context.ts'
import type { Limits } from '../../limits/limits.ts'
import type { LinkTarget } from '../../mail/link-target.ts'
import type { Outbox } from '../../mail/outbox.ts'
import type { RequireLinkTarget } from '../../mail/redirect-to.ts'
import type { Client } from '../../signin/attempt.ts'
import { type Attempts, attemptSeconds, type Required } from '../../signin/attempts.ts'
import { createOneTimeToken } from '../../tokens/one-time-token.ts'
import { requesterDevice } from './requester-device.ts'
import type { SignInMailStore } from './sign-in-mail-store.ts'
import type { SignInMails } from './sign-in-mails.ts'

type Dependencies = {
  accounts: Pick<AccountStore, 'findByEmailKey'>
  attempts: Pick<Attempts, 'begin'>
  store: Pick<SignInMailStore, 'insert'>
  outbox: Pick<Outbox, 'seal' | 'posted'>
  mails: Pick<SignInMails, 'signIn'>
  codes: Pick<EmailCodes, 'create'>
  requireLinkTarget: RequireLinkTarget
  limits: Pick<Limits, 'requireOfAddress' | 'allowsMail'>
  afterAnswer: AfterAnswer
}

type Wish = { readonly email: string; readonly redirectTo: string | undefined }
type Asked = {
  readonly email: string
  readonly key: string
  readonly page: LinkTarget | undefined
  readonly code: NewCode
}

/** What the client gets. It shows `number`, which the user enters if they open the link elsewhere. */
export type Requested = Required & { readonly number: string }

/**
 * The attempt, the same way for every email, before the mail is written. Ends in `invalid_request` if links may not lead to `redirectTo`. Ends in
 * `rate_limited`, by client address, in `overloaded`, or in `database_unavailable`.
 */
export type RequestSignIn = (wish: Wish, client: Client) => Promise<Requested>

export function createRequestSignIn(dependencies: Dependencies): RequestSignIn {
  const { accounts, attempts, store, outbox, mails, codes, limits, requireLinkTarget, afterAnswer } = dependencies
  const lifeSeconds = attemptSeconds

  async function writeMail({ email, key, page, code }: Asked, context: RequestContext): Promise<void> {
    const account = await accounts.findByEmailKey(key)
    const isVerified = account ? account.emailVerifiedAt !== null : false
    const asked = { emailKey: key, ip: context.ip, linkSeconds: lifeSeconds, isVerified }
    const allowed = await limits.allowsMail('sign_in', asked)
    // Without an account the same statement runs with an id that no account has. The mail goes to the stored address, never to its spelling
    // in this request.
    const user = account && allowed ? account : { id: randomUUID(), email }
    const { token, hash } = createOneTimeToken()
    const mailed = { token, page, lifeSeconds, code: { code: code.code, lifeSeconds: code.stored.lifeSeconds } }
    const mail = await outbox.seal(mails.signIn(user.email, mailed), user.id)
    await store.insert(user, { hash, lifeSeconds, mail, code: code.stored }, context)
    outbox.posted()
  }

  return async function requestSignIn({ email, redirectTo }, client) {
    const { context } = client
    const page = requireLinkTarget(redirectTo)
    await limits.requireOfAddress('letters_address', context.ip)
    const key = emailKey(email)
    const code = codes.create(key, lifeSeconds)
    const number = randomInt(10, 100)
    const byMail = { number, device: requesterDevice(context.userAgent), ip: context.ip }
    // The attempt and the code in the mail have one secret, and each row has its hash.
    const secret = { token: code.verificationId, hash: code.stored.id, byMail }
    const begun = await attempts.begin({ goal: 'session', client, amr: [] }, undefined, secret)
    afterAnswer(() => writeMail({ email, key, page, code }, context), 'a mail for a sign-in could not be written')
    return { ...begun, factors: ['email_code', 'email_link'], number: String(number) }
  }
}
