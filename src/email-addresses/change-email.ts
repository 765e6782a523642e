/** Begins a change of address: nothing changes before the new one is proven. */
import type { AccountStore } from '../accounts/account-store.ts'
import { AppError } from '../errors.ts'
import type { RequestContext } from '../http/request-context.ts'
import type { Limits } from '../limits/limits.ts'
import type { Outbox } from '../mail/outbox.ts'
import { createOneTimeToken } from '../tokens/one-time-token.ts'
import { emailKey } from './email.ts'
import type { EmailAddressMails } from './email-address-mails.ts'
import type { Asker, EmailAddressStore } from './email-address-store.ts'

type Dependencies = {
  accounts: Pick<AccountStore, 'findByEmailKey'>
  emails: Pick<EmailAddressStore, 'askChange' | 'tellOwnerOfChange'>
  limits: Pick<Limits, 'requireOfAddress' | 'requireOfMailbox'>
  outbox: Outbox
  mails: EmailAddressMails
  lifeSeconds: number
}

/**
 * Sends a link to the new address; where somebody else has it, a word to them, and the asker is not told. Either way
 * their earlier links are void. Ends in `invalid_token` where the session has ended meanwhile: then nothing is sent; or in
 * `rate_limited`, by address and by mailbox, whoever has it.
 */
export function createChangeEmail({ accounts, emails, limits, outbox, mails, lifeSeconds }: Dependencies) {
  return async function changeEmail(asker: Asker, newEmail: string, context: RequestContext): Promise<void> {
    const { userId } = asker
    const key = emailKey(newEmail)
    await limits.requireOfAddress('letters_address', context.ip)
    await limits.requireOfMailbox('email_change', key)
    const owner = await accounts.findByEmailKey(key)
    const { token, hash } = createOneTimeToken()
    const ask = async () => {
      const letter = await outbox.seal(mails.change(newEmail, token), userId)
      return emails.askChange(asker, newEmail, { hash, lifeSeconds, letter }, context)
    }
    const tell = async ({ id, email }: { id: string; email: string }) => {
      const letter = await outbox.seal(mails.alreadyRegistered(email), id)
      return emails.tellOwnerOfChange(asker, newEmail, { id, email }, { hash, lifeSeconds, letter }, context)
    }
    const done = owner && owner.id !== userId ? await tell(owner) : await ask()
    if (!done) throw new AppError('invalid_token')
    outbox.posted()
  }
}

export type ChangeEmail = ReturnType<typeof createChangeEmail>
