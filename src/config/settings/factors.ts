/** Second factors. Part of settings.ts. */
import { z } from 'zod'
import { roleNames, whole } from '../setting-rules.ts'

export const factors = {
  FACTORS_REQUIRED: z
    .enum(['never', 'optional', 'administrators', 'always'], 'must be never, optional, administrators or always')
    .default('optional')
    .describe(
      'The users who must have a second factor. With `optional`, users who added one are asked for it. A user who must have one and has none ' +
        'adds it at the next login. With `never`, nobody is asked.',
    ),
  FACTORS_REQUIRED_ROLES: roleNames
    .optional()
    .describe('Users with one of these roles must have a second factor. Roles are separated by commas.'),
  TRUST_DEVICE_DAYS: whole(0, 365, 0).describe(
    'Users may ask that a device skips the second factor for this many days. With 0, no device does.',
  ),
  ADMIN_RESET_NEEDS_TWO: z
    .enum(['on', 'off'], 'must be on or off')
    .default('off')
    .describe('With `on`, the factors of a user who has lost them are removed only if two administrators want it.'),
  TOTP_ISSUER: z
    .string()
    .regex(/^[^\p{Cc}\p{Cs}:]{1,60}$/u, 'must be a name of at most 60 characters, without a colon')
    .optional()
    .describe(
      'The name of your service in the authenticator apps of users. If it is unset, it is `APP_NAME`, or else the host of `PUBLIC_URL`. ' +
        'Entries that users have in their apps keep the name from before.',
    ),
}
