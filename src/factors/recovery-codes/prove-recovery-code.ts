/** Checks a recovery code, in a sign-in or when a signed-in user signs in again. */
import type { Account } from '../../accounts/account-store.ts'
import type { RequestContext } from '../../http/request-context.ts'
import type { Outbox } from '../../mail/outbox.ts'
import type { Proof } from '../../signin/attempt.ts'
import type { FactorMails } from '../factor-mails.ts'
import { recoveryCodeHash } from './recovery-code.ts'
import type { RecoveryCodeStore } from './recovery-code-store.ts'

type Dependencies = {
  recoveryCodes: Pick<RecoveryCodeStore, 'count' | 'has' | 'use' | 'tell'>
  outbox: Pick<Outbox, 'seal'>
  mails: Pick<FactorMails, 'codeUsed'>
}

/**
 * The proof, or undefined if the user has no such code or it was used. The proof uses it up, and writes a mail to the user and an event in the
 * same statement. `sessionId` is that of a user who signs in again.
 */
export type ProveRecoveryCode = (
  account: Account,
  code: string,
  where: { readonly sessionId: string | undefined; readonly context: RequestContext },
) => Promise<Proof | undefined>

export function createProveRecoveryCode({ recoveryCodes, outbox, mails }: Dependencies): ProveRecoveryCode {
  return async function proveRecoveryCode(account, code, { sessionId, context }) {
    const { id: userId, email } = account
    const hash = recoveryCodeHash(code)
    if (!hash || !(await recoveryCodes.has(userId, hash))) return undefined
    const left = (await recoveryCodes.count(userId)) - 1
    const mail = email === null ? undefined : await outbox.seal(mails.codeUsed(email, Math.max(left, 0)), userId)
    return {
      account,
      amr: ['otp'],
      consumes: recoveryCodes.use(userId, hash),
      records: recoveryCodes.tell({ userId, mail, context, sessionId }),
    }
  }
}
