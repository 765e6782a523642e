/** The mails about factors. Each tells the user of a change that a stranger may have made. */
import type { Mail, MailSettings } from '../mail/mail.ts'
import { writeMail } from '../mail/write-mail.ts'

/** A kind of factor that a user has. */
export type NamedKind = 'totp' | 'passkey'

const nameOf = { totp: 'An authenticator app', passkey: 'A passkey' } as const satisfies Record<NamedKind, string>

const countOf = (left: number) => (left === 1 ? 'One recovery code is left.' : `${left} recovery codes are left.`)

export type FactorMails = {
  readonly added: (to: string, kind: NamedKind) => Mail
  /** `last`: the user has no second factor left. */
  readonly removed: (to: string, kind: NamedKind, left: { last: boolean }) => Mail
  readonly newCodes: (to: string) => Mail
  /** `left` is the number of codes that are left. */
  readonly codeUsed: (to: string, left: number) => Mail
}

export function createFactorMails({ serviceName }: MailSettings): FactorMails {
  const remedy = `If it was not you, somebody else has access to your account. Change your password at ${serviceName} at once, and remove the factors there that you do not know.`

  return {
    added: (to, kind) =>
      writeMail({
        kind: 'factor_added',
        to,
        subject: `${nameOf[kind]} was added to your account`,
        paragraphs: [
          `${nameOf[kind]} was added to your account at ${serviceName}. You can sign in with it from now on.`,
        ],
        closing: [remedy],
      }),

    removed: (to, kind, { last }) =>
      writeMail({
        kind: 'factor_removed',
        to,
        subject: `${nameOf[kind]} was removed from your account`,
        paragraphs: [
          `${nameOf[kind]} was removed from your account at ${serviceName}.`,
          ...(last ? ['It was the last one. Your recovery codes have ended with it.'] : []),
        ],
        closing: [remedy],
      }),

    newCodes: (to) =>
      writeMail({
        kind: 'recovery_codes_created',
        to,
        subject: 'You have new recovery codes',
        paragraphs: [
          `New recovery codes were made for your account at ${serviceName}. Those from before no longer work.`,
        ],
        closing: [remedy],
      }),

    codeUsed: (to, left) =>
      writeMail({
        kind: 'recovery_code_used',
        to,
        subject: 'A recovery code was used',
        paragraphs: [
          `A recovery code of your account at ${serviceName} was used. It does not work again. ${countOf(left)}`,
          ...(left < 3 ? ['Make new ones in your account before you need them.'] : []),
        ],
        closing: [remedy],
      }),
  }
}
