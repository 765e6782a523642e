/** Sends links that prove addresses. Asking takes as long, and reads the same, whoever has the address, if anybody. */
import { randomUUID } from 'node:crypto'
import type { Account, AccountStore } from '../accounts/account-store.ts'
import { emailKey } from '../accounts/email.ts'
import type { RequestContext } from '../http/request-context.ts'
import type { Limits } from '../limits/limits.ts'
import type { Outbox } from '../mail/outbox.ts'
import { createOneTimeToken } from '../tokens/one-time-token.ts'
import type { EmailLetters } from './email-letters.ts'
import type { EmailStore, Proof } from './email-store.ts'

type Given = {
  accounts: Pick<AccountStore, 'findByEmailKey'>
  emails: EmailStore
  limits: Pick<Limits, 'requireOfAddress' | 'allowsLetter'>
  outbox: Outbox
  letters: EmailLetters
  /** How long a link is good. */
  lifeSeconds: number
}

export function createProveEmail({ accounts, emails, limits, outbox, letters, lifeSeconds }: Given) {
  /** A new link in a sealed letter to the address, to be stored. */
  const newProof = async (to: string): Promise<Proof> => {
    const { token, hash } = createOneTimeToken()
    return { hash, lifeSeconds, letter: await outbox.seal(letters.verification(to, token), null) }
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
     * otherwise, and tells nobody. Ends in `rate_limited` by where the request comes from.
     */
    async resend(email: string, context: RequestContext): Promise<void> {
      await limits.requireOfAddress('letters_address', context.ip)
      const key = emailKey(email)
      const allowed = await limits.allowsLetter('resend', key)
      const account = await accounts.findByEmailKey(key)
      await ask(account && allowed ? account : { id: randomUUID(), email }, context)
    },

    /** Tells the owner of an address that somebody wanted to open an account with it: or asks for the proof once more. */
    async answerKnown(known: Account, allowed: boolean, context: RequestContext): Promise<void> {
      // To nobody, where the mailbox has got too many of these: the same work, and no letter.
      const owner = allowed ? known : { ...known, id: randomUUID() }
      if (owner.emailVerifiedAt === null) return ask(owner, context)
      const letter = await outbox.seal(letters.alreadyRegistered(owner.email), owner.id)
      await emails.tellOwner(owner, letter, { type: 'registration_repeated' }, context)
      outbox.posted()
    },
  }
}

export type ProveEmail = ReturnType<typeof createProveEmail>
