/** The wire shapes of the routes about passwords. */
import { z } from 'zod'
import { newPassword, password } from '../accounts/account.ts'
import { email } from '../email-addresses/email.ts'
import { checkProof, linkProof, linkProofExample } from '../email-addresses/link-proof.ts'
import { redirectTo } from '../mail/redirect-to.ts'

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
  .strictObject({ ...linkProof, password: newPassword })
  .superRefine(checkProof)
  .meta({ id: 'PasswordReset', examples: [{ ...linkProofExample, password: 'correct horse battery staple' }] })
export type PasswordReset = z.infer<typeof passwordReset>
