/** Sends links that prove addresses. Asking takes as long, and reads the same, whoever has the address, if anybody. */
import { randomUUID } from 'node:crypto'
import type { Account, AccountStore } from '../accounts/account-store.ts'
import type { RequestContext } from '../http/request-context.ts'
import type { Limits } from '../limits/limits.ts'
import type { Outbox } from '../mail/outbox.ts'
import { createOneTimeToken } from '../tokens/one-time-token.ts'
import { emailKey } from './email.ts'
import type { EmailAddressMails } from './email-address-mails.ts'
import type { EmailAddressStore } from './email-address-store.ts'
import type { Proof } from './proof.ts'

type Dependencies = {
  accounts: Pick<AccountStore, 'findByEmailKey'>
  emails: EmailAddressStore
  limits: Pick<Limits, 'requireOfAddress' | 'allowsLetter'>
  outbox: Outbox
  mails: EmailAddressMails
  /** How long a link is good. */
  lifeSeconds: number
  /** Whether nobody is let in before their address is proven. */
  verifiedOnly: boolean
}

export function createSendVerification(given: Dependencies) {
  const { accounts, emails, limits, outbox, mails, lifeSeconds, verifiedOnly } = given

  /** A new link in a sealed letter to the address, to be stored. */
  const newProof = async (to: string): Promise<Proof> => {
    const { token, hash } = createOneTimeToken()
    return { hash, lifeSeconds, letter: await outbox.seal(mails.verification(to, token), null) }
  }

  const ask = async (person: Pick<Account, 'id' | 'email'>, context: RequestContext): Promise<void> => {
    await emails.askVerification(person, await newProof(person.email), context)
    outbox.posted()
  }

  return {
    newProof,

    /** To be called once a letter is committed. */
    posted: (): void => outbox.posted(),

    /**
     * Sends a new link where the address has an account whose address is not proven, and has not got too many; nothing
     * otherwise, and tells nobody. Nothing to anybody where addresses are proven first: such a link does not say whose
     * password it lets in. Whoever registers again gets a link to their own. Ends in `rate_limited` by where the request
     * comes from.
     */
    async resend(email: string, context: RequestContext): Promise<void> {
      await limits.requireOfAddress('letters_address', context.ip)
      const key = emailKey(email)
      const allowed = await limits.allowsLetter('resend', key)
      const account = verifiedOnly ? null : await accounts.findByEmailKey(key)
      await ask(account && allowed ? account : { id: randomUUID(), email }, context)
    },
  }
}

export type SendVerification = ReturnType<typeof createSendVerification>
