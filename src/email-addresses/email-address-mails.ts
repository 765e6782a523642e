/**
 * The letters about addresses. Nothing in them was chosen by whoever causes them, so nobody can have us send their words;
 * their links lead where the settings say, whatever a request says of its host.
 */

import type { Mail } from '../mail/mail.ts'
import { writeMail } from '../mail/write-mail.ts'

type Dependencies = {
  /** The origin that links lead to. */
  linksTo: string
  /** What people know this server by. */
  place: string
  /** How long links are good. */
  lifeSeconds: number
}

export function createEmailAddressMails({ linksTo, place, lifeSeconds }: Dependencies) {
  // In the fragment, which browsers keep to themselves: no log and no Referer has it.
  const link = (label: string, path: string, token: string) => ({
    label,
    url: `${linksTo}${path}#token=${token}`,
    lifeSeconds,
  })

  return {
    /** `at`: when. It tells this letter from those that other people cause, who may have registered the address too. */
    registration: (to: string, token: string, at: Date): Mail =>
      writeMail({
        kind: 'registration',
        to,
        subject: 'Confirm your email address',
        paragraphs: [
          `Somebody, most likely you, wants to open an account at ${place} with this email address, and chose a password ` +
            `for it on ${at.toISOString().slice(0, 16).replace('T', ' at ')} UTC.`,
        ],
        link: link('Open the account, with that password', '/verify-email', token),
        closing: [
          'If that was not you, do not open the link: nothing changes then. If you get several letters like this, open the ' +
            'one that came when you registered.',
        ],
      }),

    verification: (to: string, token: string): Mail =>
      writeMail({
        kind: 'email_verification',
        to,
        subject: 'Confirm your email address',
        paragraphs: [`Somebody, most likely you, opened an account at ${place} with this email address.`],
        link: link('Confirm that it is yours', '/verify-email', token),
        closing: [
          'The password of the account is the one that was given when it was opened. If that was not by you, do not ' +
            'open the link; nothing else needs to be done.',
        ],
      }),

    change: (to: string, token: string): Mail =>
      writeMail({
        kind: 'email_change',
        to,
        subject: 'Confirm your new email address',
        paragraphs: [`Somebody, most likely you, wants to use this email address for their account at ${place}.`],
        link: link('Use this address from now on', '/change-email', token),
        closing: ['If that was not you, do not open the link: nothing changes.'],
      }),

    /** To the address that was in use until now. It does not say which one is: the reader may be a stranger to it. */
    changed: (to: string): Mail =>
      writeMail({
        kind: 'email_changed',
        to,
        subject: 'Your email address was changed',
        paragraphs: [
          `Your account at ${place} has another email address now. Nothing more about it will be sent to this one.`,
          'If that was you, there is nothing to do.',
          `If it was not you, somebody got into your account. Tell the people who run ${place} at once, and change the ` +
            'password wherever else you use it.',
        ],
      }),

    alreadyRegistered: (to: string): Mail =>
      writeMail({
        kind: 'already_registered',
        to,
        subject: 'You already have an account',
        paragraphs: [
          `Somebody, maybe you, wanted to use this email address for a new account at ${place}, or for another one. It ` +
            'has an account already, and nothing was changed.',
          'If that was you, log in with this address. If you have forgotten the password, ask for a new one there.',
          'If it was not you, there is nothing to do.',
        ],
      }),
  }
}

export type EmailAddressMails = ReturnType<typeof createEmailAddressMails>
