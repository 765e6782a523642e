/** Replaces the password of the signed-in user. The current session goes on with new tokens; the other sessions end. */
import type { AccountStore } from '../accounts/account-store.ts'
import type { AuditStore } from '../audit/audit-store.ts'
import { AppError, invalidMember } from '../errors.ts'
import type { RequestContext } from '../http/request-context.ts'
import { clientAddress } from '../limits/client-address.ts'
import type { Limits } from '../limits/limits.ts'
import type { Outbox } from '../mail/outbox.ts'
import type { RevocationFollower } from '../revocations/follow-revocations.ts'
import type { NewLines, TokenPair } from '../sessions/token-pair.ts'
import type { Hashing } from './hashing.ts'
import type { PasswordMails } from './password-mails.ts'
import type { PasswordPolicy } from './password-policy.ts'
import type { PasswordStore } from './password-store.ts'
import type { PasswordChange } from './passwords.ts'

type Dependencies = {
  accounts: Pick<AccountStore, 'findById'>
  passwordStore: Pick<PasswordStore, 'change'>
  hashing: Pick<Hashing, 'of'>
  requireGoodPassword: PasswordPolicy
  audit: Pick<AuditStore, 'record'>
  limits: Pick<Limits, 'inSession'>
  outbox: Pick<Outbox, 'seal' | 'posted'>
  mails: Pick<PasswordMails, 'changed'>
  revocations: Pick<RevocationFollower, 'denyUser'>
  newLine: NewLines
}
type Principal = { userId: string; sessionId: string; context: RequestContext }

const wrongPassword = () => new AppError('invalid_credentials', { detail: 'The current password is wrong.' })

/**
 * New tokens of the same session. All access tokens of the user from before are revoked, and so are the refresh tokens of this session. The
 * user keeps the other sessions only on request. Ends in `invalid_credentials` if the current password is wrong or was changed meanwhile.
 * Ends in `invalid_request` if the new password is too weak or is the current one. Ends in `rate_limited` or `overloaded`, or in
 * `token_revoked` if the account is gone or the session has ended meanwhile.
 */
export type ChangePassword = (change: PasswordChange, principal: Principal) => Promise<TokenPair>

export function createChangePassword(dependencies: Dependencies): ChangePassword {
  const { accounts, passwordStore, hashing, requireGoodPassword, audit, limits } = dependencies
  const { outbox, mails, revocations, newLine } = dependencies

  return async function changePassword(change, principal) {
    const { userId, sessionId, context } = principal
    const { current_password: current, new_password: next, keep_other_sessions: keepOthers = false } = change
    const account = await accounts.findById(userId)
    if (!account) throw new AppError('token_revoked')
    requireGoodPassword(next, account.email, '/new_password')
    const passwords = hashing.of({ address: clientAddress(context.ip), account: userId, trusted: true })
    const { matches } = await limits.inSession(sessionId, () => passwords.check(current, account.passwordHash, userId))
    if (!matches) {
      const who = { actorId: userId, subjectId: userId, sessionId }
      await audit.record({ type: 'password_change_failed', ...who, context })
      throw wrongPassword()
    }
    requireAnother(current, next)
    const to = await passwords.hash(next)
    const ended = keepOthers ? 'none' : 'others'
    const mail = account.email === null ? undefined : await outbox.seal(mails.changed(account.email, { ended }), userId)
    const from = account.passwordHash
    const { headHash, pairOf } = newLine()
    const session = await passwordStore.change({ userId, sessionId, keepOthers, from, to, headHash, mail, context })
    outbox.posted()
    if (!session) throw wrongPassword()
    revocations.denyUser(userId, session.account.tokenVersion)
    return pairOf(sessionId, session)
  }
}

function requireAnother(current: string, next: string): void {
  if (current.normalize('NFKC') !== next.normalize('NFKC')) return
  throw invalidMember('/new_password', 'password_unchanged')
}
