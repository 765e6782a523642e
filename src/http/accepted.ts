/** The answer of routes that may send a mail. It is the same whether a mail is sent or not. */
import { z } from 'zod'

export const accepted = z
  .strictObject({ status: z.literal('accepted') })
  .meta({ id: 'Accepted', description: 'The request was accepted. A mail is sent if this address needs one.' })

export const acceptedAnswer = { status: 'accepted' } as const satisfies z.infer<typeof accepted>
