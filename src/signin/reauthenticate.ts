/** Lets a signed-in user sign in again, for routes that require a recent sign-in (RFC 9470). */
import type { AccountStore } from '../accounts/account-store.ts'
import type { AuditStore } from '../audit/audit-store.ts'
import { AppError } from '../errors.ts'
import type { RequestContext } from '../http/request-context.ts'
import { clientAddress } from '../limits/client-address.ts'
import type { Limits } from '../limits/limits.ts'
import type { Hashing } from '../passwords/hashing.ts'
import type { TokenPair } from '../sessions/token-pair.ts'
import type { Advance } from './advance.ts'

type Dependencies = {
  accounts: AccountStore
  hashing: Pick<Hashing, 'of'>
  audit: Pick<AuditStore, 'record'>
  limits: Pick<Limits, 'inSession'>
  advance: Advance<never>
}
type Principal = { userId: string; sessionId: string; context: RequestContext }

/**
 * New tokens of the same session, with `auth_time` now. The refresh tokens from before stop working, so a copy of one cannot get an access
 * token with the new `auth_time`. Ends in `invalid_credentials`, `rate_limited` or `overloaded`, or in
 * `token_revoked` if the session or the account has ended.
 */
export type Reauthenticate = (password: string, principal: Principal) => Promise<TokenPair>

export function createReauthenticate(dependencies: Dependencies): Reauthenticate {
  const { accounts, hashing, audit, limits, advance } = dependencies

  return async function reauthenticate(password, principal) {
    const { userId, sessionId, context } = principal
    const account = await accounts.findById(userId)
    if (!account) throw new AppError('token_revoked')
    const passwords = hashing.of({ address: clientAddress(context.ip), account: userId, trusted: true })
    const { matches, renewed } = await limits.inSession(sessionId, () =>
      passwords.check(password, account.passwordHash, userId),
    )
    if (!matches) {
      const who = { actorId: userId, subjectId: userId, sessionId }
      await audit.record({ type: 'reauthentication_failed', ...who, context })
      throw new AppError('invalid_credentials', { detail: 'The password is wrong.' })
    }
    if (renewed !== undefined) await accounts.renewPasswordHash(userId, account.passwordHash, renewed)
    const renews = { sessionId, context }
    const { pair } = await advance({ goal: { renews }, amr: [] }, { account, amr: ['pwd'] })
    return pair
  }
}
