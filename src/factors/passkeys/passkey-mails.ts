/** The mails about passkeys. */
import type { Mail, MailSettings } from '../../mail/mail.ts'
import { writeMail } from '../../mail/write-mail.ts'

export type PasskeyMails = {
  /** The mail that tells a user of a new passkey. */
  readonly added: (to: string) => Mail
}

export function createPasskeyMails({ serviceName }: Pick<MailSettings, 'serviceName'>): PasskeyMails {
  return {
    added: (to) =>
      writeMail({
        kind: 'passkey_added',
        to,
        subject: 'A passkey was added to your account',
        paragraphs: [`A passkey was added to your account at ${serviceName}. Whoever has it can sign in.`],
        closing: [
          'If you added it, you need to do nothing.',
          'If you did not add it, someone else has access to your account. Sign in, remove the passkey, and change your password at once.',
        ],
      }),
  }
}
