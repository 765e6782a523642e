/** The wire shapes of reauthentication. */
import { z } from 'zod'
import { password } from '../accounts/account.ts'
import { cookieSession, tokenPair } from '../sessions/token-pair.ts'

export const reauthentication = z.strictObject({ password }).meta({ id: 'Reauthentication' })

const reissuedToken = tokenPair.omit({ refresh_token: true, refresh_expires_in: true, device_token: true }).meta({
  id: 'ReissuedToken',
  description: 'An access token with an `auth_time` of now. The refresh token stays valid.',
})
export type ReissuedToken = z.infer<typeof reissuedToken>

const reissuedCookie = cookieSession
  .omit({ refresh_expires_in: true })
  .meta({ id: 'ReissuedCookie', description: 'In cookie mode the access token is in its cookie.' })

/** The answer, by mode. */
export const reissued = z.union([reissuedToken, reissuedCookie])
