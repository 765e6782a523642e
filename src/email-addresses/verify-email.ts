/** Takes a link's token: the address is proven, or becomes the person's address, or has an account now. Once. */

import { AppError } from '../errors.ts'
import type { RequestContext } from '../http/request-context.ts'
import type { Outbox } from '../mail/outbox.ts'
import type { OpenAccount } from '../registration/open-account.ts'
import { oneTimeTokenHash } from '../tokens/one-time-token.ts'
import { emailKey } from './email.ts'
import type { EmailAddressMails } from './email-address-mails.ts'
import type { EmailAddressStore } from './email-address-store.ts'

type Dependencies = { emails: EmailAddressStore; outbox: Outbox; mails: EmailAddressMails; openAccount: OpenAccount }

/**
 * Ends in `invalid_one_time_token` where the token was used, has expired, or was for an address or a password that the
 * person has no more; in `email_taken` where somebody else took the new address first: its owner is the one who asks; in
 * `signup_closed` where the link would open an account and none are opened any more.
 */
export function createVerifyEmail({ emails, outbox, mails, openAccount }: Dependencies) {
  return async function verifyEmail(token: string, context: RequestContext): Promise<void> {
    const hash = oneTimeTokenHash(token)
    if (!hash) throw new AppError('invalid_one_time_token')
    const proof = await emails.findProof(hash)
    if (!proof) return openAccount(hash, context)
    if (proof.purpose === 'email_verification') {
      if (await emails.verify(hash, context)) return
      throw new AppError('invalid_one_time_token')
    }
    const { userId, address, current } = proof
    const letter = await outbox.seal(mails.changed(current), userId)
    const outcome = await emails.change(hash, { from: current, toKey: emailKey(address), letter }, context)
    if (outcome === 'taken') throw new AppError('email_taken')
    if (outcome === 'invalid') throw new AppError('invalid_one_time_token')
    outbox.posted()
  }
}

export type VerifyEmail = ReturnType<typeof createVerifyEmail>
