/** The letters about passwords. */
import { writeLetter } from '../mail/letter.ts'
import type { Mail } from '../mail/mail.ts'

const span = (seconds: number) => {
  const minutes = Math.round(seconds / 60)
  return minutes === 1 ? 'a minute' : `${minutes} minutes`
}

/** `linksTo`: an origin from the configuration, never from a request. The token is in the fragment, out of every log. */
export const resetLetter = (
  to: string,
  { token, linksTo, lifeSeconds }: { token: string; linksTo: string; lifeSeconds: number },
): Mail =>
  writeLetter({
    kind: 'password_reset',
    to,
    subject: 'Set a new password',
    paragraphs: ['Somebody, hopefully you, asked for a new password for your account.'],
    link: { label: 'Set a new password', url: `${linksTo}/reset-password#token=${token}`, lifeSeconds },
    closing: [
      `The link works once, within ${span(lifeSeconds)}.`,
      'If it was not you, do nothing: your password stays as it is.',
    ],
  })

export const changedLetter = (to: string, { devices }: { devices: 'all' | 'others' | 'none' }): Mail => {
  const ended = {
    all: ['Every device has been logged out.'],
    others: ['Every other device has been logged out.'],
    none: [],
  }
  return writeLetter({
    kind: 'password_changed',
    to,
    subject: 'Your password was changed',
    paragraphs: ['The password of your account was changed.', ...ended[devices]],
    closing: ['If it was not you, ask for a new password on the login page at once.'],
  })
}
