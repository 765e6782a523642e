/** How a client shows that its user has read a mail: by the token of the link, or by the code beside it. */
import { z } from 'zod'
import { rule } from '../http/errors/field-error.ts'
import { sixDigits } from '../http/six-digits.ts'
import { oneTimeTokenExample } from '../tokens/one-time-token.ts'

/** The token of a link. */
export const oneTimeToken = z
  .string()
  .min(1)
  .max(200)
  .describe('What stood behind `#token=` in the link.')
  .meta({ examples: [oneTimeTokenExample] })

/** The members of a body. Use `checkProof` on the whole body too. */
export const linkProof = {
  token: oneTimeToken.optional(),
  verification_id: z
    .string()
    .min(1)
    .max(100)
    .optional()
    .describe('Instead of a token, together with a code: from the answer to the request that sent the mail.'),
  code: sixDigits.optional().describe('The six digits in the mail.'),
}

/** The proof in the example of a body, which would otherwise have all three members. */
export const linkProofExample = { token: oneTimeTokenExample }

export type LinkProof = {
  readonly token?: string | undefined
  readonly verification_id?: string | undefined
  readonly code?: string | undefined
}

/** Either a token, or a verification_id with a code. */
export function checkProof({ token, verification_id: id, code }: LinkProof, ctx: z.core.$RefinementCtx): void {
  const fault = (member: keyof LinkProof, message: string) => ctx.addIssue({ code: 'custom', path: [member], message })
  if (token === undefined && id === undefined && code === undefined) return fault('token', rule('required'))
  if (token === undefined) {
    if (id === undefined) fault('verification_id', rule('required'))
    if (code === undefined) fault('code', rule('required'))
    return
  }
  if (id !== undefined) fault('verification_id', rule('not_with_token'))
  if (code !== undefined) fault('code', rule('not_with_token'))
}
