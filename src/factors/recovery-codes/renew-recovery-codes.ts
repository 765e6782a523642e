/** Gives the user new recovery codes. Those from before end. */
import type { AccountStore } from '../../accounts/account-store.ts'
import { AppError } from '../../errors.ts'
import type { RequestContext } from '../../http/request-context.ts'
import type { Outbox } from '../../mail/outbox.ts'
import type { Principal } from '../../tokens/principal.ts'
import type { FactorMails } from '../factor-mails.ts'
import { newRecoveryCodes } from './recovery-code.ts'
import type { RecoveryCodeStore } from './recovery-code-store.ts'

type Dependencies = {
  accounts: Pick<AccountStore, 'findById'>
  recoveryCodes: Pick<RecoveryCodeStore, 'replace'>
  outbox: Pick<Outbox, 'seal' | 'posted'>
  mails: Pick<FactorMails, 'newCodes'>
}

/** The new codes, which are shown this once. Ends in `no_factor` without a factor, or in `token_revoked`. */
export type RenewRecoveryCodes = (
  principal: Pick<Principal, 'userId' | 'sessionId'>,
  context: RequestContext,
) => Promise<readonly string[]>

export function createRenewRecoveryCodes(dependencies: Dependencies): RenewRecoveryCodes {
  const { accounts, recoveryCodes, outbox, mails } = dependencies

  return async function renewRecoveryCodes({ userId, sessionId }, context) {
    const account = await accounts.findById(userId)
    if (!account) throw new AppError('token_revoked')
    const { email } = account
    const { codes, hashes } = newRecoveryCodes()
    const mail = email === null ? undefined : await outbox.seal(mails.newCodes(email), userId)
    await recoveryCodes.replace({ by: { userId, sessionId }, context, mail }, hashes)
    outbox.posted()
    return codes
  }
}
