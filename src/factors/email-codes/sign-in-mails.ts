/** The mails of signing in by mail. The requester chooses none of their words. */
import { type LinkTarget, linkUrl } from '../../mail/link-target.ts'
import type { Mail, MailSettings } from '../../mail/mail.ts'
import { type MailedCode, span, writeMail } from '../../mail/write-mail.ts'

type SignInLink = {
  readonly token: string
  /** The page that the client asked for. Undefined for the usual one. */
  readonly page: LinkTarget | undefined
  readonly lifeSeconds: number
  readonly code: MailedCode
}

export type SignInMails = {
  /** The mail with the link and the code that sign the user in. */
  readonly signIn: (to: string, link: SignInLink) => Mail
  /** The mail with the code by which a signed-in user signs in again. It has no link. */
  readonly reauthentication: (to: string, code: MailedCode) => Mail
  /** The mail that says that the password, the factors and the sessions from before ended, because the address was not verified. */
  readonly reclaimed: (to: string) => Mail
}

export function createSignInMails({ linksTo, serviceName }: MailSettings): SignInMails {
  return {
    signIn: (to, { token, page, lifeSeconds, code }) =>
      writeMail({
        kind: 'sign_in',
        to,
        subject: 'Sign in',
        paragraphs: [`A sign-in to ${serviceName} was requested for this email address.`],
        link: { label: 'Sign in', url: linkUrl(page ?? `${linksTo}/sign-in`, token), lifeSeconds },
        code,
        closing: [
          `The link works once, within ${span(lifeSeconds)}. On another device than the one where you sign in, it asks for the number that ` +
            'you see there.',
          'If you did not request it, do nothing. Nobody is signed in then.',
        ],
      }),

    reauthentication: (to, code) =>
      writeMail({
        kind: 'reauthentication',
        to,
        subject: 'Confirm that it is you',
        paragraphs: [`A device that is signed in to your account at ${serviceName} asks you to sign in again.`],
        code,
        closing: [
          `If you did not request it, tell nobody the code. Someone else may be signed in to your account: sign out every device.`,
        ],
      }),

    reclaimed: (to) =>
      writeMail({
        kind: 'account_reclaimed',
        to,
        subject: 'Your password was removed',
        paragraphs: [
          `You signed in to ${serviceName} by mail. Nobody had confirmed before that this email address is theirs, so somebody else may have ` +
            'opened the account with it.',
          'For your safety, its password and its other ways to sign in were removed, and every device that was signed in before was signed out.',
        ],
        closing: ['You can go on signing in by mail, or request a new password on the login page.'],
      }),
  }
}
