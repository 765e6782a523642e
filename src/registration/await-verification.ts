/**
 * Answers a registration where addresses are proven first: no account is opened, a letter goes out. Which one, only the
 * mailbox learns; the work is the same.
 */
import { randomUUID } from 'node:crypto'
import type { Account, NewAccount } from '../accounts/account-store.ts'
import type { EmailAddressMails } from '../email-addresses/email-address-mails.ts'
import type { EmailAddressStore } from '../email-addresses/email-address-store.ts'
import type { RequestContext } from '../http/request-context.ts'
import type { Outbox } from '../mail/outbox.ts'
import { createOneTimeToken } from '../tokens/one-time-token.ts'
import type { RegistrationStore } from './registration-store.ts'

type Dependencies = {
  registrations: Pick<RegistrationStore, 'insert'>
  emails: Pick<EmailAddressStore, 'tellOwner'>
  outbox: Pick<Outbox, 'seal' | 'posted'>
  mails: EmailAddressMails
  lifeSeconds: number
}

export function createAwaitVerification({ registrations, emails, outbox, mails, lifeSeconds }: Dependencies) {
  return async function awaitVerification(
    wish: NewAccount,
    { known, allowed }: { known: Account | null; allowed: boolean },
    context: RequestContext,
  ): Promise<void> {
    // An account whose address nobody has proven is no reason to refuse: it is whoever's who proves it.
    const isTaken = known && (known.emailVerifiedAt !== null || known.disabledAt !== null)
    if (isTaken || !allowed) {
      // To nobody, where the mailbox has got too many of these: the same work, and no letter.
      const owner = isTaken && allowed ? known : { id: randomUUID(), email: wish.email }
      const letter = await outbox.seal(mails.alreadyRegistered(owner.email), owner.id)
      await emails.tellOwner(owner, letter, context)
    } else {
      const { token, hash } = createOneTimeToken()
      const letter = await outbox.seal(mails.registration(wish.email, token, new Date()), null)
      await registrations.insert(wish, { hash, lifeSeconds, letter }, context)
    }
    outbox.posted()
  }
}

export type AwaitVerification = ReturnType<typeof createAwaitVerification>
