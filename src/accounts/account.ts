/** The wire shapes of an account. */
import { z } from 'zod'
import { email } from '../email-addresses/email.ts'
import { rule } from '../http/errors/field-error.ts'
import { text } from '../http/text.ts'
import { redirectTo } from '../mail/redirect-to.ts'
import type { ShownAccount } from './account-store.ts'

export const accountName = text(100)
  .trim()
  .min(1)
  .meta({ examples: ['Ada Lovelace'] })

export const user = z
  .strictObject({
    id: z.uuid(),
    email: z
      .string()
      .nullable()
      .describe('Null if the user has no email. A user who registered always has one.')
      .meta({ examples: ['ada@example.com'] }),
    email_verified: z.boolean().describe('Whether the user has verified the address. False without an address.'),
    name: z
      .string()
      .nullable()
      .meta({ examples: ['Ada Lovelace'] }),
    roles: z.array(z.string()).meta({ examples: [['editor']] }),
    created_at: z.iso.datetime(),
    updated_at: z.iso.datetime(),
  })
  .meta({ id: 'User', description: 'A user who can log in.' })
export type User = z.infer<typeof user>

/** A password at login. Any text is accepted, because the policy may have changed since the password was chosen. */
export const password = z
  .string()
  .min(1)
  .max(256)
  .meta({ examples: ['correct horse battery staple'] })

/** A new password. passwords/password-policy.ts has the rest of the rules. */
export const newPassword = password
  .min(8)
  .refine((value) => value.isWellFormed(), rule('broken_unicode'))
  .describe(
    'At least 8 characters (the server may require more) and at most 256. Passwords that are common or easy to guess are refused, and so are ' +
      'passwords with the name of the email address. A long password is better than a complicated one.',
  )
  .meta({ examples: ['correct horse battery staple'] })

export const remember = z
  .boolean()
  .optional()
  .describe(
    'Default: true. False on a device that others use. The session then ends sooner without a refresh, and in cookie mode the browser forgets it ' +
      'when it is closed.',
  )

export const deviceToken = z
  .string()
  .min(1)
  .max(200)
  .optional()
  .describe(
    'In bearer mode: the device token of the last login on this device. Wrong passwords and codes from elsewhere do not delay the login then.',
  )

export const trustDevice = z
  .boolean()
  .optional()
  .describe('Whether this device skips the second factor for a while, if the settings allow it. Default: false.')

export const credentials = z
  .strictObject({
    email,
    password,
    remember,
    device_token: deviceToken,
  })
  .meta({ id: 'Credentials' })

export const registration = z
  .strictObject({
    email,
    password: newPassword,
    name: accountName.optional(),
    remember,
    redirect_to: redirectTo,
  })
  .meta({ id: 'Registration' })

export const profileChange = z.strictObject({ name: accountName.nullable() }).meta({ id: 'ProfileChange' })

/** The account as the API shows it. */
export const toUser = (account: Omit<ShownAccount, 'tokenVersion'>): User => ({
  id: account.id,
  email: account.email,
  email_verified: account.emailVerifiedAt !== null,
  name: account.name,
  roles: account.roles,
  created_at: account.createdAt.toISOString(),
  updated_at: account.updatedAt.toISOString(),
})
