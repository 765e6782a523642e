/** Takes a link's token: the address is proven, or becomes the person's address. Once. */
import { emailKey } from '../accounts/email.ts'
import { AppError } from '../errors.ts'
import type { RequestContext } from '../http/request-context.ts'
import type { Outbox } from '../mail/outbox.ts'
import { oneTimeTokenHash } from '../tokens/one-time-token.ts'
import type { EmailLetters } from './email-letters.ts'
import type { EmailStore } from './email-store.ts'

type Given = { emails: EmailStore; outbox: Outbox; letters: EmailLetters }

/**
 * Ends in `invalid_one_time_token` where the token was used, has expired, or was for an address or a password that the
 * person has no more; in `email_taken` where somebody else took the new address first: its owner is the one who asks.
 */
export function createVerifyEmail({ emails, outbox, letters }: Given) {
  return async function verifyEmail(token: string, context: RequestContext): Promise<void> {
    const hash = oneTimeTokenHash(token)
    const proof = hash && (await emails.findProof(hash))
    if (!hash || !proof) throw new AppError('invalid_one_time_token')
    if (proof.purpose === 'email_verification') {
      if (await emails.verify(hash, context)) return
      throw new AppError('invalid_one_time_token')
    }
    const { userId, address, current } = proof
    const letter = await outbox.seal(letters.changed(current), userId)
    const outcome = await emails.change(hash, { from: current, toKey: emailKey(address), letter }, context)
    if (outcome === 'taken') throw new AppError('email_taken')
    if (outcome === 'invalid') throw new AppError('invalid_one_time_token')
    outbox.posted()
  }
}

export type VerifyEmail = ReturnType<typeof createVerifyEmail>
