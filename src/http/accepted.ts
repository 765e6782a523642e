/** What is answered where the rest happens in somebody's mailbox: the same, whether or not anything does. */
import { z } from 'zod'

export const accepted = z
  .strictObject({ status: z.literal('accepted') })
  .meta({ id: 'Accepted', description: 'If there is something to do about this address, a mail is on its way to it.' })

export const acceptedAnswer = { status: 'accepted' } as const satisfies z.infer<typeof accepted>
