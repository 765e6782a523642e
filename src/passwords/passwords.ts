/** What the routes about passwords are asked, and how they answer. */
import { z } from 'zod'
import { newPassword, password } from '../accounts/account.ts'
import { email } from '../email-addresses/email.ts'
import { cookieSession, tokenPair } from '../sessions/token-pair.ts'

export const passwordChange = z
  .strictObject({
    current_password: password,
    new_password: newPassword,
    keep_other_sessions: z.boolean().optional().describe('Other devices stay logged in. By default they do not.'),
  })
  .meta({ id: 'PasswordChange' })
export type PasswordChange = z.infer<typeof passwordChange>

export const resetRequest = z.strictObject({ email }).meta({ id: 'PasswordResetRequest' })

export const passwordReset = z
  .strictObject({ token: z.string().min(1).max(512).describe('From the link in the mail.'), password: newPassword })
  .meta({ id: 'PasswordReset' })
export type PasswordReset = z.infer<typeof passwordReset>

export const reauthentication = z.strictObject({ password }).meta({ id: 'Reauthentication' })

const reissuedToken = tokenPair
  .omit({ refresh_token: true, refresh_expires_in: true, device_token: true })
  .meta({ id: 'ReissuedToken', description: 'An access token with a fresh `auth_time`; the refresh token stays.' })
export type ReissuedToken = z.infer<typeof reissuedToken>

const reissuedCookie = cookieSession
  .omit({ refresh_expires_in: true })
  .meta({ id: 'ReissuedCookie', description: 'In cookie mode the access token is in its cookie.' })

/** By mode. */
export const reissued = z.union([reissuedToken, reissuedCookie])
