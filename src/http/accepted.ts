/** The answer of routes that may send a mail. It is the same whether a mail is sent or not. */
import { z } from 'zod'

const verificationId = z
  .string()
  .describe(
    'Send it with the code in the mail, instead of the token of the link. It is there whether a mail is sent or not.',
  )
  .meta({ examples: ['an-example-of-forty-three-base64url-letters'] })

export const accepted = z
  .strictObject({ status: z.literal('accepted'), verification_id: verificationId })
  .meta({ id: 'Accepted', description: 'The request was accepted. A mail is sent if this address needs one.' })

export const acceptedAnswer = (id: string): z.infer<typeof accepted> => ({ status: 'accepted', verification_id: id })
