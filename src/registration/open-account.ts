/** Opens the account of a registration whose address was just proven. Once, and one for an address. */
import { AppError } from '../errors.ts'
import type { RequestContext } from '../http/request-context.ts'
import type { RevocationFollower } from '../revocations/follow-revocations.ts'
import type { RegistrationStore } from './registration-store.ts'

type Dependencies = {
  registrations: Pick<RegistrationStore, 'exists' | 'open'>
  revocations: Pick<RevocationFollower, 'denySession'>
  signup: 'open' | 'verified' | 'closed'
}

/**
 * Ends in `invalid_one_time_token`, in `email_taken` where the address got an account by other means, or in `signup_closed`:
 * the link then works again once sign-up does, while it lasts.
 */
export function createOpenAccount({ registrations, revocations, signup }: Dependencies) {
  return async function openAccount(hash: Buffer, context: RequestContext): Promise<void> {
    if (!(await registrations.exists(hash))) throw new AppError('invalid_one_time_token')
    if (signup === 'closed') throw new AppError('signup_closed')
    const { userId, endedSessions } = await registrations.open(hash, context)
    for (const id of endedSessions) revocations.denySession(id, userId)
  }
}

export type OpenAccount = ReturnType<typeof createOpenAccount>
