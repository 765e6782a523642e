/** The wire shapes of the routes about passwords. */
import { z } from 'zod'
import { newPassword, password } from '../accounts/account.ts'
import { email } from '../email-addresses/email.ts'
import { redirectTo } from '../mail/redirect-to.ts'
import { oneTimeTokenExample } from '../tokens/one-time-token.ts'

export const passwordChange = z
  .strictObject({
    current_password: password,
    new_password: newPassword,
    keep_other_sessions: z.boolean().optional().describe('Keeps the other sessions. By default they end.'),
  })
  .meta({ id: 'PasswordChange' })
export type PasswordChange = z.infer<typeof passwordChange>

export const resetRequest = z.strictObject({ email, redirect_to: redirectTo }).meta({ id: 'PasswordResetRequest' })

export const passwordReset = z
  .strictObject({
    token: z
      .string()
      .min(1)
      .max(512)
      .describe('From the link in the mail.')
      .meta({ examples: [oneTimeTokenExample] }),
    password: newPassword,
  })
  .meta({ id: 'PasswordReset' })
export type PasswordReset = z.infer<typeof passwordReset>
