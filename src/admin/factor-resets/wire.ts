/** The wire shapes of resets of factors. */
import { z } from 'zod'
import type { StoredReset } from './factor-reset-store.ts'

/** More resets are not listed. */
export const mostListed = 100

const time = z.iso.datetime()

export const resetDone = z
  .strictObject({ status: z.literal('reset') })
  .meta({ id: 'FactorsReset', description: 'The user has no second factor any more, and is signed out everywhere.' })

const factorReset = z.strictObject({
  id: z.uuid().meta({ examples: ['0190a5b6-9e5f-7a61-8c3d-4e5f60718293'] }),
  user_id: z.uuid().describe('The user whose factors are to be removed.'),
  requested_by: z.uuid().describe('The administrator who asked for it. Another one must confirm it.'),
  created_at: time,
  expires_at: time,
})

export const waitingReset = factorReset
  .extend({ status: z.literal('waiting') })
  .meta({ id: 'WaitingFactorReset', description: 'A reset that waits for a second administrator.' })
export type WaitingReset = z.infer<typeof waitingReset>

export const factorResetList = z
  .strictObject({ factor_resets: z.array(waitingReset).describe(`The oldest first, ${mostListed} at most.`) })
  .meta({ id: 'FactorResetList' })
export type FactorResetList = z.infer<typeof factorResetList>

export const toFactorReset = (reset: StoredReset): WaitingReset => ({
  status: 'waiting',
  id: reset.id,
  user_id: reset.userId,
  requested_by: reset.requestedById,
  created_at: reset.createdAt.toISOString(),
  expires_at: reset.expiresAt.toISOString(),
})
