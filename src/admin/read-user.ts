/** Reads one account and its live sessions for an administrator. */
import { AppError } from '../errors.ts'
import { toSessionOnWire } from '../sessions/session-wire.ts'
import type { FactorPolicy } from '../signin/policy.ts'
import type { StoredSession, UserAdminStore } from './user-admin-store.ts'
import { type ManagedSession, toManagedUser, type UserDetails } from './wire.ts'

const mostSessions = 100

const toManagedSession = (session: StoredSession): ManagedSession => ({
  ...toSessionOnWire(session),
  authenticated_at: session.authenticatedAt.toISOString(),
})

/** The account. Ends in `not_found`. */
export type ReadUser = (id: string) => Promise<UserDetails>

type Dependencies = {
  users: Pick<UserAdminStore, 'find' | 'liveSessions' | 'countFactors'>
  policy: Pick<FactorPolicy, 'requires'>
}

export function createReadUser({ users, policy }: Dependencies): ReadUser {
  return async function readUser(id) {
    const account = await users.find(id)
    if (!account) throw new AppError('not_found')
    const sessions = await users.liveSessions(id, mostSessions)
    const factors = await users.countFactors(id)
    return { ...toManagedUser(account, policy), factors, sessions: sessions.map(toManagedSession) }
  }
}
