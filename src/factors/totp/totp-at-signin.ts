/** Adds an authenticator app during the sign-in of a user who must have a second factor and has none. */
import type { Account, AccountStore } from '../../accounts/account-store.ts'
import { AppError } from '../../errors.ts'
import type { TokenPair } from '../../sessions/token-pair.ts'
import type { Advance } from '../../signin/advance.ts'
import type { Client } from '../../signin/attempt.ts'
import type { Attempts, OpenedAttempt } from '../../signin/attempts.ts'
import { mayBegin } from '../../signin/methods.ts'
import type { FactorPolicy } from '../../signin/policy.ts'
import type { BeginTotp } from './begin-totp.ts'
import type { ConfirmTotp } from './confirm-totp.ts'
import type { TotpBegun } from './totp.ts'

type Dependencies = {
  accounts: Pick<AccountStore, 'findById'>
  attempts: Pick<Attempts, 'open'>
  policy: Pick<FactorPolicy, 'owes'>
  advance: Advance
  beginTotp: BeginTotp
  confirmTotp: ConfirmTotp
}

export type TotpAtSignin = {
  /** Ends in `attempt_ended` if the attempt is over, or if the user need not add a factor. */
  readonly begin: (attempt: string, client: Client) => Promise<TotpBegun>
  /** The tokens of the new session, with the recovery codes. Ends in `invalid_code`, in `not_found` before `begin`, or in `attempt_ended`. */
  readonly confirm: (given: { attempt: string; code: string }, client: Client) => Promise<TokenPair>
}

export function createTotpAtSignin(dependencies: Dependencies): TotpAtSignin {
  const { accounts, attempts, policy, advance, beginTotp, confirmTotp } = dependencies

  /** The account, if its user must add a factor. Whoever only knows the password of a user with a factor must not add another. */
  async function requireOwing({ goal, amr, stored }: OpenedAttempt): Promise<Account> {
    const account =
      goal === 'session' && stored.userId !== null && mayBegin(amr) ? await accounts.findById(stored.userId) : null
    if (!account || !policy.owes(account, goal, amr)?.enrolment?.includes('totp')) throw new AppError('attempt_ended')
    return account
  }

  const holder = ({ id: userId }: Account, { stored }: OpenedAttempt) => {
    if (stored.credentialVersion === null) throw new AppError('attempt_ended')
    return { userId, attemptId: stored.id, credentialVersion: stored.credentialVersion }
  }

  return {
    async begin(token, client) {
      const attempt = await attempts.open(token, client, { counts: false })
      const account = await requireOwing(attempt)
      return beginTotp(account, holder(account, attempt))
    },

    async confirm({ attempt: token, code }, client) {
      const attempt = await attempts.open(token, client)
      const owing = await requireOwing(attempt)
      const { added, account, amr } = await confirmTotp(owing, holder(owing, attempt), { code }, client.context)
      // The new factor has raised the version that the attempt was begun with.
      const stored = { ...attempt.stored, credentialVersion: account.credentialVersion }
      const result = await advance({ ...attempt, stored }, { account, amr })
      if (result.status !== 'signed_in') throw new AppError('attempt_ended')
      return { ...result.pair, ...(added.recovery_codes ? { recovery_codes: added.recovery_codes } : {}) }
    },
  }
}
