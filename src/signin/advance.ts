/**
 * A sign-in attempt goes on with each proof. A step of a sign-in never calls the next step: it hands its proof to `advance`, which
 * alone decides whether the user is signed in. Reauthentication is an attempt whose session is known already.
 */
import type { Account } from '../accounts/account-store.ts'
import type { TokenPair } from '../sessions/token-pair.ts'
import type { Proof, SigninAttempt } from './attempt.ts'
import type { RenewSession } from './renew-session.ts'
import type { StartSession } from './start-session.ts'

export type SignedIn = { readonly status: 'signed_in'; readonly pair: TokenPair }
/** The user has to prove more. Nothing was stored. */
export type FactorRequired<Factor> = {
  readonly status: 'factor_required'
  readonly owed: readonly Factor[]
  readonly attempt: SigninAttempt
}
/** Without factors, every attempt is signed in with its first proof. */
export type SigninResult<Factor> = [Factor] extends [never] ? SignedIn : SignedIn | FactorRequired<Factor>

type Dependencies<Factor> = {
  /** The factors that the account still owes after proofs of these methods. */
  owes: (account: Account, amr: readonly string[]) => readonly Factor[]
  startSession: StartSession
  renewSession: RenewSession
}

/**
 * Signs the user in if nothing is owed, in one statement. Ends as the goal ends: a new session in `invalid_credentials` and a known one
 * in `token_revoked`, if the account changed since the proof was checked.
 */
export type Advance<Factor> = (attempt: SigninAttempt, proof: Proof) => Promise<SigninResult<Factor>>

export function createAdvance<Factor>({ owes, startSession, renewSession }: Dependencies<Factor>): Advance<Factor> {
  return async function advance({ goal, amr: before }, { account, amr: proven }) {
    const amr = [...new Set([...before, ...proven])]
    const owed = owes(account, amr)
    const result: SignedIn | FactorRequired<Factor> =
      owed.length > 0
        ? { status: 'factor_required', owed, attempt: { goal, amr } }
        : {
            status: 'signed_in',
            pair: await ('starts' in goal
              ? startSession({ account, amr }, goal.starts)
              : renewSession({ account, amr }, goal.renews)),
          }
    return result as SigninResult<Factor>
  }
}
