/** Uses a link, by its token or by the code beside it: it verifies an address, changes it, or opens an account. Each link works once. */
import { AppError } from '../errors.ts'
import type { RequestContext } from '../http/request-context.ts'
import type { Outbox } from '../mail/outbox.ts'
import { emailKey } from './email.ts'
import type { EmailAddressMails } from './email-address-mails.ts'
import type { EmailAddressStore } from './email-address-store.ts'
import type { LinkProof } from './link-proof.ts'
import type { FindLink } from './redeem-code.ts'

/** Only a link that opens an account needs a password. */
type Choice = { password?: string | undefined; newPassword?: string | undefined; byCode?: boolean }

/** Opens the account of the registration that belongs to the link with this hash, or ends in `invalid_one_time_token`. */
export type OpensAccount = (hash: Buffer, choice: Choice, context: RequestContext) => Promise<void>

type Dependencies = {
  findLink: FindLink
  emails: Pick<EmailAddressStore, 'find' | 'verify' | 'change'>
  outbox: Outbox
  mails: EmailAddressMails
  openAccount: OpensAccount
}

/**
 * Ends in `invalid_one_time_token` if the token was used, has expired, or belongs to an address or a password that the user has
 * replaced. Ends in `invalid_code` or `rate_limited` as redeem-code.ts says. Ends in `email_taken` if another account took the new address first. If the link opens an account, it also ends as
 * registration/open-account.ts says.
 */
export type VerifyEmail = (proof: LinkProof, choice: Choice, context: RequestContext) => Promise<void>

export function createVerifyEmail({ findLink, emails, outbox, mails, openAccount }: Dependencies): VerifyEmail {
  return async function verifyEmail(proof, choice, context) {
    const hash = await findLink(proof, context)
    const link = await emails.find(hash)
    if (!link) return openAccount(hash, { ...choice, byCode: proof.token === undefined }, context)
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
