/**
 * Seals mails for the outbox. A mail is sealed before it is stored, because it may contain a link that signs a user in. It is stored in the
 * transaction of its cause, so it is sent if and only if the cause is committed.
 */
import { createBox } from '../secrets/box.ts'
import type { ServerSecrets } from '../secrets/server-secrets.ts'
import type { Mail, MailKind } from './mail.ts'

/** A mail that only this server can read. `userId` is the user that it is about. */
export type SealedMail = { readonly kind: MailKind; readonly userId: string | null; readonly sealed: string }

type Dependencies = {
  secrets: ServerSecrets
  /** Called when a mail was stored. */
  onPosted?: (() => void) | undefined
}

export type Outbox = {
  /** The sealed mail, for the store that writes the cause. */
  readonly seal: (mail: Mail, userId: string | null) => Promise<SealedMail>
  /** Call it after the commit. This node then sends at once, and not only at its next look. */
  readonly posted: () => void
  /** The mail, or undefined if it was sealed under a secret that this node lacks. */
  readonly open: (sealed: Pick<SealedMail, 'kind' | 'sealed'>) => Promise<Mail | undefined>
}

export function createOutbox({ secrets, onPosted = () => {} }: Dependencies): Outbox {
  const box = createBox(secrets.all, 'mail-outbox')
  return {
    async seal(mail, userId) {
      const { kind, ...content } = mail
      return { kind, userId, sealed: await box.seal(JSON.stringify(content), secrets.indexInForce()) }
    },

    posted: () => onPosted(),

    async open({ kind, sealed }) {
      const found = await box.open(sealed)
      return found && { kind, ...(JSON.parse(found.text) as Omit<Mail, 'kind'>) }
    },
  }
}
