/**
 * The mails about addresses. The requester chooses none of their words, so an attacker cannot use them to send a message. Links lead
 * where the settings allow, whatever the Host header of the request is.
 */
import { type LinkTarget, linkUrl } from '../mail/link-target.ts'
import type { Mail, MailSettings } from '../mail/mail.ts'
import { type MailedCode, writeMail } from '../mail/write-mail.ts'

type Dependencies = MailSettings & {
  /** How long links are valid. */
  readonly lifeSeconds: number
}

type Link = {
  readonly token: string
  /** The page that the client asked for. Undefined for the usual one. */
  readonly page: LinkTarget | undefined
  readonly code: MailedCode
}

export type EmailAddressMails = {
  /** The mail with the link that opens an account, with a password that the user enters. */
  readonly registration: (to: string, link: Link) => Mail
  /** The same for a registration with a passkey. The code opens the account. The link does so with a new password. */
  readonly passkeyRegistration: (to: string, link: Link) => Mail
  /** The mail with the link that verifies the address of an account. */
  readonly verification: (to: string, link: Link) => Mail
  /** The mail with the link to a new address, sent to that address. */
  readonly change: (to: string, link: Link) => Mail
  /** The mail to the former address. It does not name the new one, because its reader may be a stranger. */
  readonly changed: (to: string) => Mail
  /** The mail to the owner of an address that someone tried to use. It has no link. */
  readonly alreadyRegistered: (to: string) => Mail
}

export function createEmailAddressMails({ linksTo, serviceName, lifeSeconds }: Dependencies): EmailAddressMails {
  const link = (label: string, path: string, { token, page }: Link) => ({
    label,
    url: linkUrl(page ?? `${linksTo}${path}`, token),
    lifeSeconds,
  })

  return {
    registration: (to, mailed) =>
      writeMail({
        kind: 'registration',
        to,
        subject: 'Confirm your email address',
        paragraphs: [
          `A new account at ${serviceName} was requested with this email address. To open it, open the link and enter the password ` +
            'that you chose.',
        ],
        link: link('Open the account', '/open-account', mailed),
        code: mailed.code,
        closing: [
          'If you get several mails like this, any of their links will do.',
          'If you did not request an account, do nothing. No account is opened then.',
        ],
      }),

    passkeyRegistration: (to, mailed) =>
      writeMail({
        kind: 'registration',
        to,
        subject: 'Confirm your email address',
        paragraphs: [
          `A new account at ${serviceName} was requested with this email address and a passkey. To open it, enter the code where you ` +
            'made the passkey.',
        ],
        link: link('Or open the account with a new password', '/open-account', mailed),
        code: mailed.code,
        closing: [
          'If you did not request an account, do nothing, and tell nobody the code. No account is opened then.',
        ],
      }),

    verification: (to, mailed) =>
      writeMail({
        kind: 'email_verification',
        to,
        subject: 'Confirm your email address',
        paragraphs: [`An account at ${serviceName} was opened with this email address.`],
        link: link('Confirm that the address is yours', '/verify-email', mailed),
        code: mailed.code,
        closing: [
          'The account has the password that was chosen when it was opened. If you did not open it, do not open the link. You ' +
            'need to do nothing else.',
        ],
      }),

    change: (to, mailed) =>
      writeMail({
        kind: 'email_change',
        to,
        subject: 'Confirm your new email address',
        paragraphs: [`This email address was given as the new address of an account at ${serviceName}.`],
        link: link('Use this address from now on', '/change-email', mailed),
        code: mailed.code,
        closing: ['If you did not give it, do not open the link. Nothing changes then.'],
      }),

    changed: (to) =>
      writeMail({
        kind: 'email_changed',
        to,
        subject: 'Your email address was changed',
        paragraphs: [
          `Your account at ${serviceName} now has another email address. This address will get no more mails about it.`,
          'If you changed it, you need to do nothing.',
          `If you did not change it, someone else has access to your account. Tell the operators of ${serviceName} at once, and ` +
            'change the password wherever else you use it.',
        ],
      }),

    alreadyRegistered: (to) =>
      writeMail({
        kind: 'already_registered',
        to,
        subject: 'You already have an account',
        paragraphs: [
          `This email address was given for a new account at ${serviceName}, or as the new address of another account. It already has ` +
            'an account, and nothing was changed.',
          'If you gave it, log in with this address. If you have forgotten the password, request a new one there.',
          'If you did not give it, you need to do nothing.',
        ],
      }),
  }
}
