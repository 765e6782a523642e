/** The mails about passwords. */
import { type LinkTarget, linkUrl } from '../mail/link-target.ts'
import type { Mail, MailSettings } from '../mail/mail.ts'
import { type MailedCode, span, writeMail } from '../mail/write-mail.ts'

/** The address of the usual page for a new password. */
export const resetUrl = (linksTo: string, token: string): string => linkUrl(`${linksTo}/reset-password`, token)

const sentences = {
  all: ['You were signed out on every device.'],
  others: ['You were signed out on every other device.'],
  none: [],
}

type ResetLink = {
  readonly token: string
  /** The page that the client asked for. Undefined for the usual one. */
  readonly page: LinkTarget | undefined
  readonly lifeSeconds: number
  readonly code: MailedCode
}

export type PasswordMails = {
  /** The mail with the link for a new password. */
  readonly reset: (to: string, link: ResetLink) => Mail
  /** The mail that tells a user of a new password, and which sessions ended. */
  readonly changed: (to: string, sessions: { ended: 'all' | 'others' | 'none' }) => Mail
}

export function createPasswordMails({ linksTo, serviceName }: MailSettings): PasswordMails {
  return {
    reset: (to, { token, page, lifeSeconds, code }) =>
      writeMail({
        kind: 'password_reset',
        to,
        subject: 'Set a new password',
        paragraphs: [`A new password was requested for your account at ${serviceName}.`],
        link: {
          label: 'Set a new password',
          url: page === undefined ? resetUrl(linksTo, token) : linkUrl(page, token),
          lifeSeconds,
        },
        code,
        closing: [
          `The link works once, within ${span(lifeSeconds)}.`,
          'If you did not request it, do nothing. Your password stays as it is.',
        ],
      }),

    changed: (to, { ended }) =>
      writeMail({
        kind: 'password_changed',
        to,
        subject: 'Your password was changed',
        paragraphs: [`The password of your account at ${serviceName} was changed.`, ...sentences[ended]],
        closing: ['If you did not change it, request a new password on the login page at once.'],
      }),
  }
}
