/** The factors of a signed-in user: listed, renamed and removed. */
import type { AccountStore } from '../../accounts/account-store.ts'
import { AppError } from '../../errors.ts'
import type { RequestContext } from '../../http/request-context.ts'
import type { Outbox } from '../../mail/outbox.ts'
import type { RevocationFollower } from '../../revocations/follow-revocations.ts'
import type { FactorPolicy } from '../../signin/policy.ts'
import type { Principal } from '../../tokens/principal.ts'
import { type AcceptedCredentials, type ShownFactor, toFactor } from '../factor.ts'
import type { FactorMails } from '../factor-mails.ts'
import type { RecoveryCodeStore } from '../recovery-codes/recovery-code-store.ts'
import type { FactorStore } from './factor-store.ts'

type Dependencies = {
  accounts: Pick<AccountStore, 'findById'>
  factors: FactorStore
  recoveryCodes: Pick<RecoveryCodeStore, 'count'>
  policy: Pick<FactorPolicy, 'requires'>
  outbox: Pick<Outbox, 'seal' | 'posted'>
  mails: Pick<FactorMails, 'removed'>
  revocations: Pick<RevocationFollower, 'denyUser'>
  /** What the browser is told of the passkeys that are left. */
  acceptedCredentials: (userId: string, credentialIds: readonly Buffer[]) => AcceptedCredentials
}
type Holder = Pick<Principal, 'userId' | 'sessionId'>
type FactorList = { factors: ShownFactor[]; recovery_codes_left: number; required: boolean }

/** Each ends in `token_revoked` if the session has ended, and in `not_found` if the user has no such factor. */
export type ManageFactors = {
  readonly list: (userId: string) => Promise<FactorList>
  /** The factor with its new name. */
  readonly rename: (
    holder: Holder,
    factor: { id: string; name: string },
    context: RequestContext,
  ) => Promise<ShownFactor>
  /**
   * The answer, with what the browser should know if the factor was a passkey. Access tokens of the user from before are revoked. Ends in
   * `last_factor` if the settings require one.
   */
  readonly remove: (
    holder: Holder,
    id: string,
    context: RequestContext,
  ) => Promise<{ accepted_credentials?: AcceptedCredentials }>
}

export function createManageFactors(dependencies: Dependencies): ManageFactors {
  const { accounts, factors, recoveryCodes, policy, outbox, mails, revocations, acceptedCredentials } = dependencies

  return {
    async list(userId) {
      const account = await accounts.findById(userId)
      if (!account) throw new AppError('token_revoked')
      const [rows, left] = await Promise.all([factors.list(userId), recoveryCodes.count(userId)])
      return { factors: rows.map(toFactor), recovery_codes_left: left, required: policy.requires(account) }
    },

    async rename({ userId, sessionId }, factor, context) {
      const renamed = await factors.rename({ by: { userId, sessionId }, context }, factor)
      if (!renamed) throw new AppError('not_found')
      return toFactor(renamed)
    },

    async remove({ userId, sessionId }, id, context) {
      const removed = await factors.remove({
        by: { userId, sessionId },
        context,
        id,
        requires: policy.requires,
        mailTo: async ({ email }, { kind, last }) =>
          email === null ? undefined : outbox.seal(mails.removed(email, kind, { last }), userId),
      })
      if (!removed) throw new AppError('not_found')
      outbox.posted()
      revocations.denyUser(userId, removed.tokenVersion)
      if (removed.kind !== 'passkey') return {}
      return { accepted_credentials: acceptedCredentials(userId, removed.credentialIds) }
    },
  }
}
