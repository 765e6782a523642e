/** The wire shapes of a sign-in under way. */
import { z } from 'zod'
import { discriminatedBy } from '../http/openapi/discriminator.ts'
import { signedIn } from '../sessions/token-pair.ts'
import { oneTimeTokenExample } from '../tokens/one-time-token.ts'
import { attemptSeconds } from './attempts.ts'

/** The member of a body that names the attempt. */
export const attempt = z
  .string()
  .min(1)
  .max(100)
  .describe('From the answer `factor_required`.')
  .meta({ examples: [oneTimeTokenExample] })

export const factorRequired = z
  .strictObject({
    status: z.literal('factor_required'),
    attempt: z
      .string()
      .describe('Send it with the proof. In cookie mode it works only in this browser.')
      .meta({ examples: [oneTimeTokenExample] }),
    factors: z
      .array(z.enum(['totp', 'passkey', 'recovery_code', 'email_code', 'email_link', 'password']))
      .describe('Any one of these proofs will do.'),
    enrolment: z
      .array(z.enum(['totp', 'passkey']))
      .optional()
      .describe('There if the user must add a factor first, and has none yet. The user may add any one of these.'),
    expires_in: z
      .int()
      .min(1)
      .max(attemptSeconds)
      .describe('Seconds until the attempt ends.')
      .meta({ examples: [attemptSeconds] }),
    number: z
      .string()
      .regex(/^\d{2}$/)
      .optional()
      .describe(
        'Of a sign-in by mail: two digits. Show them, because the user enters them if they open the link on another device.',
      )
      .meta({ examples: ['42'] }),
    verification_id: z
      .string()
      .optional()
      .describe('After a registration. Send it with the code in the mail, instead of the token of the link.'),
  })
  .meta({ id: 'FactorRequired', description: 'The user must prove more before a session begins.' })

/** The answer of every route that can end a sign-in. `status` tells which one it is. */
export const signInAnswer = z.discriminatedUnion('status', [signedIn, factorRequired]).meta({
  id: 'SignInAnswer',
  description: 'The user is signed in, or must prove more.',
  discriminator: discriminatedBy('status', { signed_in: 'SignedIn', factor_required: 'FactorRequired' }),
})
