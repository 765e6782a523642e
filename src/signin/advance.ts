/**
 * A sign-in attempt goes on with each proof. A step of a sign-in never calls the next step: it hands its proof to `advance`, which
 * alone decides whether the user is signed in. Reauthentication is an attempt whose session is known already.
 */
import { AppError } from '../errors.ts'
import type { TokenPair } from '../sessions/token-pair.ts'
import type { Client, Proof, SigninAttempt, StoredAttempt } from './attempt.ts'
import type { AttemptStore } from './attempt-store.ts'
import type { Attempts, Required } from './attempts.ts'
import { joinMethods, mayBegin } from './methods.ts'
import type { FactorPolicy, Owed } from './policy.ts'
import type { RenewSession } from './renew-session.ts'
import { requireProven } from './require-proven.ts'
import type { StartSession } from './start-session.ts'

export type SignedIn = { readonly status: 'signed_in'; readonly pair: TokenPair }
/** The user has to prove more. */
export type FactorRequired = { readonly status: 'factor_required'; readonly required: Required }
export type SigninResult = SignedIn | FactorRequired

/** Whether the device of the client skips the second factor of this account. */
export type SkipsFactor = (account: Proof['account'], client: Client) => Promise<boolean>

type Dependencies = {
  policy: Pick<FactorPolicy, 'owes'>
  skipsFactor: SkipsFactor
  attempts: Pick<Attempts, 'begin'>
  store: Pick<AttemptStore, 'addProof'>
  startSession: StartSession
  renewSession: RenewSession
}

/**
 * Signs the user in if nothing is owed, in one statement. Else it stores the attempt. Ends in `attempt_ended` if the attempt is over or the
 * account changed since the proof was checked, and in `invalid_factor` if something else has used up what the proof consumes. A sign-in
 * of one request with nothing to consume ends as its goal ends: `invalid_credentials` for a new session, `token_revoked` for a known one.
 */
export type Advance = (attempt: SigninAttempt, proof: Proof) => Promise<SigninResult>

export function createAdvance(dependencies: Dependencies): Advance {
  const { policy, skipsFactor, attempts, store, startSession, renewSession } = dependencies

  async function owedBy({ goal, client }: SigninAttempt, account: Proof['account'], amr: readonly string[]) {
    const owed = policy.owes(account, goal, amr)
    if (!owed || goal !== 'session') return owed
    return (await skipsFactor(account, client)) ? undefined : owed
  }

  /** Stores what was proven, and says what is owed. */
  async function goOn(
    attempt: SigninAttempt,
    { account, consumes, records }: Proof,
    amr: readonly string[],
    owed: Owed,
  ) {
    const { stored } = attempt
    if (!stored) return { ...(await attempts.begin({ ...attempt, amr }, account)), ...owed }
    requireProven(await store.addProof({ account, amr }, { attemptId: stored.id, consumes, records }))
    return { ...owed, attempt: stored.token, expiresIn: stored.secondsLeft }
  }

  return async function advance(attempt, proof) {
    const { goal, client, stored } = attempt
    const { account } = proof
    requireSameAccount(stored, account)
    const amr = joinMethods(attempt.amr, proof.amr)
    // Whoever holds a phone or a key is not yet its owner.
    if (goal === 'session' && !mayBegin(amr)) throw new AppError('attempt_ended')
    const owed = await owedBy(attempt, account, amr)
    if (owed) return { status: 'factor_required', required: await goOn(attempt, proof, amr, owed) }
    const { consumes, records } = proof
    const spent = { attemptId: stored?.id, consumes, records }
    const pair =
      goal === 'session'
        ? await startSession({ account, amr }, client, spent)
        : await renewSession(
            { account, amr: joinMethods(goal.renews.before, amr) },
            goal.renews.sessionId,
            client,
            spent,
          )
    return { status: 'signed_in', pair }
  }
}

/** A proof about another account, or about credentials that have changed since the first proof, ends the attempt. */
function requireSameAccount(stored: StoredAttempt | undefined, { id, credentialVersion }: Proof['account']): void {
  if (!stored || stored.credentialVersion === null) return
  if (stored.userId !== id || stored.credentialVersion !== credentialVersion) throw new AppError('attempt_ended')
}
