/** Replaces the signed-in person's password. The session it is done in goes on, with its tokens; the others end. */
import type { AccountStore } from '../accounts/account-store.ts'
import type { AuditStore } from '../audit/audit-store.ts'
import { AppError } from '../errors.ts'
import type { RequestContext } from '../http/request-context.ts'
import type { Limits } from '../limits/limits.ts'
import type { Outbox } from '../mail/outbox.ts'
import type { RevocationFollower } from '../revocations/follow-revocations.ts'
import type { PasswordHashes } from './password-hash.ts'
import type { PasswordMails } from './password-mails.ts'
import type { PasswordPolicy } from './password-policy.ts'
import type { PasswordStore } from './password-store.ts'
import type { PasswordChange } from './passwords.ts'

type Dependencies = {
  accounts: Pick<AccountStore, 'findById'>
  passwordStore: Pick<PasswordStore, 'change'>
  passwords: PasswordHashes
  requireGoodPassword: PasswordPolicy
  audit: Pick<AuditStore, 'record'>
  limits: Pick<Limits, 'inSession'>
  outbox: Pick<Outbox, 'seal' | 'posted'>
  mails: Pick<PasswordMails, 'changed'>
  revocations: Pick<RevocationFollower, 'denySession'>
}
type Caller = { userId: string; sessionId: string; context: RequestContext }

const wrongPassword = () => new AppError('invalid_credentials', { detail: 'The current password is wrong.' })

/**
 * Ends in `invalid_credentials` where the current password is wrong, or was changed meanwhile; in `invalid_request` where
 * the new one is too weak or is the current one; in `rate_limited`; in `overloaded`; or in `invalid_token` where the
 * account is gone or the session has ended meanwhile.
 */
export function createChangePassword(given: Dependencies) {
  const { accounts, passwordStore, passwords, requireGoodPassword, audit, limits, outbox, mails, revocations } = given

  return async function changePassword(change: PasswordChange, caller: Caller): Promise<void> {
    const { userId, sessionId, context } = caller
    const { current_password: current, new_password: next, keep_other_sessions: keepOthers = false } = change
    const account = await accounts.findById(userId)
    if (!account) throw new AppError('invalid_token')
    requireGoodPassword(next, account.email, '/new_password')
    const { matches } = await limits.inSession(sessionId, () => passwords.check(current, account.passwordHash))
    if (!matches) {
      const who = { actorId: userId, subjectId: userId, sessionId }
      await audit.record({ type: 'password_change_failed', ...who, context })
      throw wrongPassword()
    }
    requireAnother(current, next)
    const to = await passwords.hash(next)
    const mail = await outbox.seal(mails.changed(account.email, { devices: keepOthers ? 'none' : 'others' }), userId)
    const from = account.passwordHash
    const ended = await passwordStore.change({ userId, sessionId, keepOthers, from, to, mail, context })
    outbox.posted()
    if (!ended) throw wrongPassword()
    for (const id of ended.sessionIds) revocations.denySession(id, userId)
  }
}

export type ChangePassword = ReturnType<typeof createChangePassword>

function requireAnother(current: string, next: string): void {
  if (current.normalize('NFKC') !== next.normalize('NFKC')) return
  const errors = [{ path: '/new_password', message: 'must be another than the current one' }]
  throw new AppError('invalid_request', { errors })
}
