/** Opens the account of a registration when its link is used. Each link works once, and each address gets one account. */
import type { Config } from '../config/config.ts'
import { AppError } from '../errors.ts'
import type { RequestContext } from '../http/request-context.ts'
import type { RevocationFollower } from '../revocations/follow-revocations.ts'
import type { RegistrationStore } from './registration-store.ts'

type Dependencies = {
  registrations: Pick<RegistrationStore, 'exists' | 'open'>
  revocations: Pick<RevocationFollower, 'denyUser'>
  signup: Config['signup']
}

/**
 * Ends in `invalid_one_time_token`, or in `email_taken` if the address got an account otherwise. Ends in `signup_closed` if registration
 * is closed: the link works again, until it expires, once registration is open.
 */
export type OpenAccount = (hash: Buffer, context: RequestContext) => Promise<void>

export function createOpenAccount({ registrations, revocations, signup }: Dependencies): OpenAccount {
  return async function openAccount(hash, context) {
    if (!(await registrations.exists(hash))) throw new AppError('invalid_one_time_token')
    if (signup === 'closed') throw new AppError('signup_closed')
    const { userId, ended } = await registrations.open(hash, context)
    if (ended) revocations.denyUser(userId, ended.tokenVersion)
  }
}
