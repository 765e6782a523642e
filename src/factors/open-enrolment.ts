/** A sign-in whose user must add a second factor and has none: who may add it, and how the sign-in goes on. */
import type { Account, AccountStore } from '../accounts/account-store.ts'
import { AppError } from '../errors.ts'
import type { Advance, SigninResult } from '../signin/advance.ts'
import type { Client } from '../signin/attempt.ts'
import type { Attempts, OpenedAttempt } from '../signin/attempts.ts'
import type { AddedFactor, FactorPolicy } from '../signin/policy.ts'
import type { FactorHolder } from './factor-change-store.ts'

type Dependencies = {
  accounts: Pick<AccountStore, 'findById'>
  attempts: Pick<Attempts, 'open'>
  policy: Pick<FactorPolicy, 'owes'>
  advance: Advance
}

export type Enrolment = {
  readonly attempt: OpenedAttempt
  readonly account: Account
  /** The user of the attempt, for the store that adds the factor. */
  readonly by: FactorHolder
  /** The sign-in after the factor was added. `changed` is the account after that, and `amr` are the methods of the new factor. */
  readonly goOn: (changed: Account, amr: readonly string[]) => Promise<SigninResult>
}

/**
 * The enrolment of this client. It counts a try only if `counts` is true. Ends in `attempt_ended` if the attempt is over, the account changed
 * since it began, or its user need not add such a factor: whoever only knows the password of a user with a factor must not add another.
 */
export type OpenEnrolment = (
  token: string,
  kind: AddedFactor,
  client: Client,
  options?: { readonly counts?: boolean },
) => Promise<Enrolment>

export function createOpenEnrolment({ accounts, attempts, policy, advance }: Dependencies): OpenEnrolment {
  return async function openEnrolment(token, kind, client, { counts = false } = {}) {
    const attempt = await attempts.open(token, client, { counts })
    const { stored, goal, amr: before } = attempt
    const account = stored.userId === null ? null : await accounts.findById(stored.userId)
    if (!account || stored.credentialVersion !== account.credentialVersion) throw new AppError('attempt_ended')
    if (!policy.owes(account, goal, before)?.enrolment?.includes(kind)) throw new AppError('attempt_ended')
    const { id: userId, credentialVersion } = account
    return {
      attempt,
      account,
      by: { userId, attemptId: stored.id, credentialVersion },
      goOn: (changed, amr) =>
        // The new factor has raised the version that the attempt was begun with.
        advance(
          { ...attempt, stored: { ...stored, credentialVersion: changed.credentialVersion } },
          { account: changed, amr },
        ),
    }
  }
}
