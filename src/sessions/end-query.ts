/** Which sessions a user ends. */
import { z } from 'zod'

/** One session of the user, all but the current one, or all. */
export type Choice = { readonly id: string } | 'others' | 'all'

export const endQuery = z.strictObject({
  scope: z.enum(['others', 'all']).default('others').describe('`all` ends the current session too.'),
})
