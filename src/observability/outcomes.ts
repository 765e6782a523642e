/** Counts how sign-ins, refreshes and verifications of access tokens end. The functions that are counted know nothing of it. */
import { toAppError } from '../http/errors/error-handler.ts'
import type { Meters } from './meters.ts'

type Async<Args extends unknown[], Result> = (...args: Args) => Promise<Result>

export type CountOutcomes = {
  /** The same login. Counts `succeeded`, `factor_required`, or the error code it failed with. */
  login<Args extends unknown[], Result extends { status: string }>(login: Async<Args, Result>): Async<Args, Result>
  /**
   * The same step of a sign-in. Counts each proof by its methods (RFC 8176): `succeeded`, `factor_required` if the user is asked for a factor,
   * or the error code. `goal` is `session` for a login and `step_up` in a session. A wrong password or code is no proof.
   */
  proofs: <
    Attempt extends { goal: unknown },
    Proof extends { amr: readonly string[] },
    Result extends { status: string },
  >(
    advance: Async<[Attempt, Proof], Result>,
  ) => Async<[Attempt, Proof], Result>
  /** The same refresh. Counts its outcome (docs/reference/rotation.md), or the error code it failed with. */
  refresh<Args extends unknown[], Result extends { outcome: string }>(refresh: Async<Args, Result>): Async<Args, Result>
  /** The same verification. Counts `valid` or `invalid`; the revocation check comes later and is not counted. */
  verification<Principal>(verify: (token: string) => Principal): (token: string) => Principal
}

export function createCountOutcomes(meters: Pick<Meters, 'counter'>): CountOutcomes {
  const logins = meters.counter({
    name: 'countersign_logins_total',
    help: 'Logins, by outcome: succeeded, or the error code.',
    labels: ['outcome'],
  })
  const proofs = meters.counter({
    name: 'countersign_signin_proofs_total',
    help: 'Right proofs, by goal (session or step_up), methods (RFC 8176) and outcome.',
    labels: ['goal', 'methods', 'outcome'],
  })
  const refreshes = meters.counter({
    name: 'countersign_refreshes_total',
    help: 'Refreshes, by outcome as docs/reference/rotation.md names it, or by error code.',
    labels: ['outcome'],
  })
  const verifications = meters.counter({
    name: 'countersign_token_verifications_total',
    help: 'Verified access tokens, by outcome: valid or invalid. The revocation check comes later.',
    labels: ['outcome'],
  })
  const countErrors = async <Result>(count: typeof logins, work: () => Promise<Result>): Promise<Result> => {
    try {
      return await work()
    } catch (error) {
      count({ outcome: toAppError(error).code })
      throw error
    }
  }

  return {
    login:
      (login) =>
      (...args) =>
        countErrors(logins, async () => {
          const result = await login(...args)
          logins({ outcome: result.status === 'signed_in' ? 'succeeded' : result.status })
          return result
        }),

    proofs: (advance) => async (attempt, proof) => {
      const goal = attempt.goal === 'session' ? 'session' : 'step_up'
      const methods = proof.amr.join('+')
      try {
        const result = await advance(attempt, proof)
        proofs({ goal, methods, outcome: result.status === 'signed_in' ? 'succeeded' : result.status })
        return result
      } catch (error) {
        proofs({ goal, methods, outcome: toAppError(error).code })
        throw error
      }
    },

    refresh:
      (refresh) =>
      (...args) =>
        countErrors(refreshes, async () => {
          const result = await refresh(...args)
          refreshes({ outcome: result.outcome })
          return result
        }),

    verification: (verify) => (token) => {
      try {
        const principal = verify(token)
        verifications({ outcome: 'valid' })
        return principal
      } catch (error) {
        verifications({ outcome: 'invalid' })
        throw error
      }
    },
  }
}
