/** Uses the token of a link: it verifies an address, changes it, or opens an account. Each token works once. */
import { AppError } from '../errors.ts'
import type { RequestContext } from '../http/request-context.ts'
import type { Outbox } from '../mail/outbox.ts'
import { oneTimeTokenHash } from '../tokens/one-time-token.ts'
import { emailKey } from './email.ts'
import type { EmailAddressMails } from './email-address-mails.ts'
import type { EmailAddressStore } from './email-address-store.ts'

/** What the user sends with the token. Only a link that opens an account needs a password. */
type Given = { token: string; password?: string | undefined; newPassword?: string | undefined }

/** Opens the account of the registration that belongs to the link with this hash, or ends in `invalid_one_time_token`. */
export type OpensAccount = (hash: Buffer, choice: Omit<Given, 'token'>, context: RequestContext) => Promise<void>

type Dependencies = {
  emails: Pick<EmailAddressStore, 'find' | 'verify' | 'change'>
  outbox: Outbox
  mails: EmailAddressMails
  openAccount: OpensAccount
}

/**
 * Ends in `invalid_one_time_token` if the token was used, has expired, or belongs to an address or a password that the user has
 * replaced. Ends in `email_taken` if another account took the new address first. If the link opens an account, it also ends as
 * registration/open-account.ts says.
 */
export type VerifyEmail = (given: Given, context: RequestContext) => Promise<void>

export function createVerifyEmail({ emails, outbox, mails, openAccount }: Dependencies): VerifyEmail {
  return async function verifyEmail({ token, ...choice }, context) {
    const hash = oneTimeTokenHash(token)
    if (!hash) throw new AppError('invalid_one_time_token')
    const link = await emails.find(hash)
    if (!link) return openAccount(hash, choice, context)
    if (link.purpose === 'email_verification') {
      if (await emails.verify(hash, context)) return
      throw new AppError('invalid_one_time_token')
    }
    const { userId, address, current } = link
    const mail = current === null ? undefined : await outbox.seal(mails.changed(current), userId)
    const outcome = await emails.change(hash, { from: current, toKey: emailKey(address), mail }, context)
    if (outcome === 'taken') throw new AppError('email_taken')
    if (outcome === 'invalid') throw new AppError('invalid_one_time_token')
    outbox.posted()
  }
}
