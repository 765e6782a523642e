/** Checks the password of a user who is known: within a session, or in a sign-in that goes on. */
import type { Account, AccountStore } from '../accounts/account-store.ts'
import type { AuditStore } from '../audit/audit-store.ts'
import { AppError } from '../errors.ts'
import type { RequestContext } from '../http/request-context.ts'
import { clientAddress } from '../limits/client-address.ts'
import type { Limits } from '../limits/limits.ts'
import type { Hashing } from '../passwords/hashing.ts'
import type { Proof } from './attempt.ts'

type Dependencies = {
  accounts: Pick<AccountStore, 'renewPasswordHash'>
  hashing: Pick<Hashing, 'of'>
  audit: Pick<AuditStore, 'record'>
  limits: Pick<Limits, 'inSession'>
}
/** Where a signed-in user signs in again. */
export type InSession = { readonly sessionId: string; readonly context: RequestContext }

/** The proof. Ends in `invalid_credentials`, `rate_limited` or `overloaded`. */
export type ProvePassword = (account: Account, password: string, where: InSession) => Promise<Proof>

export function createProvePassword({ accounts, hashing, audit, limits }: Dependencies): ProvePassword {
  return async function provePassword(account, password, { sessionId, context }) {
    const { id: userId, passwordHash } = account
    const passwords = hashing.of({ address: clientAddress(context.ip), account: userId, trusted: true })
    const { matches, renewed } = await limits.inSession(sessionId, () =>
      passwords.check(password, passwordHash, userId),
    )
    if (!matches) {
      const who = { actorId: userId, subjectId: userId, sessionId }
      await audit.record({ type: 'reauthentication_failed', ...who, context })
      throw new AppError('invalid_credentials', { detail: 'The password is wrong.' })
    }
    if (renewed !== undefined) await accounts.renewPasswordHash(userId, passwordHash, renewed)
    return { account, amr: ['pwd'] }
  }
}
