/** Lets a signed-in user sign in again, for routes that require a recent sign-in (RFC 9470). */
import { toUser } from '../accounts/account.ts'
import type { AccountStore } from '../accounts/account-store.ts'
import type { AuditStore } from '../audit/audit-store.ts'
import { AppError } from '../errors.ts'
import type { RequestContext } from '../http/request-context.ts'
import { clientAddress } from '../limits/client-address.ts'
import type { Limits } from '../limits/limits.ts'
import type { Hashing } from '../passwords/hashing.ts'
import type { AccessTokens } from '../tokens/access-token.ts'
import type { ReissuedToken } from './reauthentication.ts'
import type { ReauthenticationStore } from './reauthentication-store.ts'

type Dependencies = {
  accounts: AccountStore
  reauthentications: ReauthenticationStore
  hashing: Pick<Hashing, 'of'>
  audit: Pick<AuditStore, 'record'>
  limits: Pick<Limits, 'inSession'>
  accessTokens: AccessTokens
}
type Principal = { userId: string; sessionId: string; context: RequestContext }

/**
 * An access token of the same session, with `auth_time` now. Ends in `invalid_credentials`, `rate_limited` or `overloaded`, or in
 * `invalid_token` if the session or the account has ended.
 */
export type Reauthenticate = (password: string, principal: Principal) => Promise<ReissuedToken>

export function createReauthenticate(dependencies: Dependencies): Reauthenticate {
  const { accounts, reauthentications, hashing, audit, limits, accessTokens } = dependencies

  return async function reauthenticate(password, principal) {
    const { userId, sessionId, context } = principal
    const account = await accounts.findById(userId)
    if (!account) throw new AppError('invalid_token')
    const passwords = hashing.of({ address: clientAddress(context.ip), account: userId, trusted: true })
    const { matches, renewed } = await limits.inSession(sessionId, () =>
      passwords.check(password, account.passwordHash),
    )
    if (!matches) {
      const who = { actorId: userId, subjectId: userId, sessionId }
      await audit.record({ type: 'reauthentication_failed', ...who, context })
      throw new AppError('invalid_credentials', { detail: 'The password is wrong.' })
    }
    if (renewed !== undefined) await accounts.renewPasswordHash(userId, account.passwordHash, renewed)
    const session = await reauthentications.record({ sessionId, account, amr: ['pwd'], context })
    if (!session) throw new AppError('invalid_token')
    const { authTime, amr } = session
    const { roles, tokenVersion } = session.account
    const access = accessTokens.issue({ userId, sessionId, roles, tokenVersion, authTime, amr }, session.secondsLeft)
    return {
      access_token: access.token,
      token_type: 'Bearer',
      expires_in: access.expiresIn,
      session_id: sessionId,
      user: toUser(session.account),
    }
  }
}
