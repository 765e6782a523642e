/** The members of a body that prove a factor with a code. */
import { z } from 'zod'
import { rule } from '../http/errors/field-error.ts'
import { isSixDigits } from '../http/six-digits.ts'

/** A code that the user has: of an authenticator app, or a recovery code. */
const ownMethods = ['totp', 'recovery_code'] as const
export type OwnCode = (typeof ownMethods)[number]

/** How a user goes on with a sign-in. */
export const stepMethod = z.enum([...ownMethods, 'email_code', 'email_link']).meta({ examples: ['totp'] })
/** How a signed-in user signs in again by a code. */
export const codeMethod = z.enum([...ownMethods, 'email_code']).meta({ examples: ['totp'] })

export const code = z
  .string()
  .min(1)
  .max(60)
  .describe('Six digits of an app or a mail, or a recovery code in any case, with or without dashes.')
  .meta({ examples: ['287082'] })

/** Refuses a code that cannot be one of the method. */
export function checkCode(
  given: { method?: string | undefined; code?: string | undefined },
  ctx: z.core.$RefinementCtx,
): void {
  if (given.method === 'recovery_code' || given.code === undefined || isSixDigits(given.code)) return
  ctx.addIssue({ code: 'custom', path: ['code'], message: rule('not_six_digits') })
}
