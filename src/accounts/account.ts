/** What the API says of a person, and what it asks of one. */
import { z } from 'zod'
import { email } from '../email-addresses/email.ts'
import { text } from '../http/text.ts'
import type { ShownAccount } from './account-store.ts'

const name = text(100)
  .trim()
  .min(1)
  .meta({ examples: ['Ada Lovelace'] })

export const user = z
  .strictObject({
    id: z.uuid(),
    email: z.string().meta({ examples: ['ada@example.com'] }),
    email_verified: z.boolean().describe('Whether they have proved that the address is theirs.'),
    name: z.string().nullable(),
    roles: z.array(z.string()),
    created_at: z.iso.datetime(),
    updated_at: z.iso.datetime(),
  })
  .meta({ id: 'User', description: 'A person who can log in.' })
export type User = z.infer<typeof user>

/** A password at login: any text, because the rules for new ones may have changed since it was chosen. */
export const password = z.string().min(1).max(256)

/** A password that is chosen now; what else it must be is in password-policy.ts. */
export const newPassword = password
  .min(8)
  .refine((value) => value.isWellFormed(), 'must be well-formed Unicode')
  .describe(
    'At least 8 characters (the server may ask for more), at most 256, none of the most common ones, and without the ' +
      'name in the email address. Long beats complicated.',
  )
  .meta({ examples: ['correct horse battery staple'] })

export const credentials = z
  .strictObject({
    email,
    password: password.meta({ examples: ['correct horse battery staple'] }),
    device_token: z
      .string()
      .min(1)
      .max(200)
      .optional()
      .describe('In bearer mode: what the last login on this device gave. Guesses made elsewhere do not slow it then.'),
  })
  .meta({ id: 'Credentials' })

export const registration = z
  .strictObject({
    email,
    password: newPassword,
    name: name.optional(),
  })
  .meta({ id: 'Registration' })

export const profileChange = z.strictObject({ name: name.nullable() }).meta({ id: 'ProfileChange' })

/** The account as the wire shows it. */
export const toUser = (account: Omit<ShownAccount, 'tokenVersion'>): User => ({
  id: account.id,
  email: account.email,
  email_verified: account.emailVerifiedAt !== null,
  name: account.name,
  roles: account.roles,
  created_at: account.createdAt.toISOString(),
  updated_at: account.updatedAt.toISOString(),
})
