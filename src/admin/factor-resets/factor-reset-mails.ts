/** The mail about a reset of the factors. */
import type { Mail, MailSettings } from '../../mail/mail.ts'
import { writeMail } from '../../mail/write-mail.ts'

/** The mail that tells a user that an administrator has removed their factors. */
export const factorsResetMail = ({ serviceName }: Pick<MailSettings, 'serviceName'>, to: string): Mail =>
  writeMail({
    kind: 'factors_reset',
    to,
    subject: 'Your second factors were removed',
    paragraphs: [
      `An administrator of ${serviceName} has removed all second factors and recovery codes from your account, and has signed you out everywhere.`,
      'You can sign in without them now. Add a second factor again when you have signed in.',
    ],
    closing: [
      'If you asked for it, you need to do nothing else.',
      'If you did not ask for it, someone may be trying to get into your account. Change your password, and tell an administrator at once.',
    ],
  })
