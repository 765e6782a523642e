/**
 * Puts letters into the outbox. A letter is sealed before it is stored, because there are links in it that let people in,
 * and stored in the transaction of its cause, so that it is sent if and only if that is committed.
 */
import type { Box } from '../secrets/box.ts'
import type { Mail, MailKind } from './mail.ts'

/** A letter that only this server can read. */
export type SealedMail = { readonly kind: MailKind; readonly userId: string | null; readonly sealed: string }

type Dependencies = {
  box: Box
  secretInForce: () => number
  /** Hears that there is something to send. */
  onPosted?: (() => void) | undefined
}

export function createOutbox({ box, secretInForce, onPosted = () => {} }: Dependencies) {
  return {
    /** To be given to the store that writes the cause. `userId`: whom it is about, if anybody. */
    async seal(mail: Mail, userId: string | null): Promise<SealedMail> {
      const { kind, ...content } = mail
      return { kind, userId, sealed: await box.seal(JSON.stringify(content), secretInForce()) }
    },

    /** To be called after the commit: this node then sends at once, and not only when it next looks. */
    posted: (): void => onPosted(),

    /** The letter again; undefined where it was sealed under a secret that is gone. */
    async open({ kind, sealed }: Pick<SealedMail, 'kind' | 'sealed'>): Promise<Mail | undefined> {
      const found = await box.open(sealed)
      return found && { kind, ...(JSON.parse(found.text) as Omit<Mail, 'kind'>) }
    },
  }
}

export type Outbox = ReturnType<typeof createOutbox>
