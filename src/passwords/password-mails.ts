/** The letters about passwords. */

import type { Mail } from '../mail/mail.ts'
import { writeMail } from '../mail/write-mail.ts'

/** In the largest unit of which it is a whole number. */
function span(seconds: number): string {
  const minutes = Math.max(1, Math.round(seconds / 60))
  if (minutes % 60 !== 0) return minutes === 1 ? 'a minute' : `${minutes} minutes`
  return minutes === 60 ? 'an hour' : `${minutes / 60} hours`
}

const ended = {
  all: ['Every device has been logged out.'],
  others: ['Every other device has been logged out.'],
  none: [],
}

/**
 * `linksTo`: the origin that links lead to, from the configuration, never from a request. `place`: what people know this
 * server by.
 */
export function createPasswordMails({ linksTo, place }: { linksTo: string; place: string }) {
  return {
    /** The token is in the fragment, out of every log. */
    reset: (to: string, { token, lifeSeconds }: { token: string; lifeSeconds: number }): Mail =>
      writeMail({
        kind: 'password_reset',
        to,
        subject: 'Set a new password',
        paragraphs: [`Somebody, hopefully you, asked for a new password for your account at ${place}.`],
        link: { label: 'Set a new password', url: `${linksTo}/reset-password#token=${token}`, lifeSeconds },
        closing: [
          `The link works once, within ${span(lifeSeconds)}.`,
          'If it was not you, do nothing: your password stays as it is.',
        ],
      }),

    changed: (to: string, { devices }: { devices: 'all' | 'others' | 'none' }): Mail =>
      writeMail({
        kind: 'password_changed',
        to,
        subject: 'Your password was changed',
        paragraphs: [`The password of your account at ${place} was changed.`, ...ended[devices]],
        closing: ['If it was not you, ask for a new password on the login page at once.'],
      }),
  }
}

export type PasswordMails = ReturnType<typeof createPasswordMails>
