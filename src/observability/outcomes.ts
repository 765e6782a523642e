/** Counts how logins, refreshes and looks at access tokens end, around the use-cases, which know nothing of it. */
import { toAppError } from '../http/errors/error-handler.ts'
import type { Refresh } from '../sessions/refresh.ts'
import type { Login } from '../signin/login.ts'
import type { VerifyAccessToken } from '../tokens/verify-access-token.ts'
import type { Meters } from './meters.ts'

type UseCases = { login: Login; refresh: Refresh; verifyAccessToken: VerifyAccessToken }

/** The same use-cases, counted: by the outcome of docs/rotation.md, or by the code of the catalogue they failed with. */
export function countOutcomes<Dependencies extends UseCases>(given: Dependencies, meters: Meters): Dependencies {
  const logins = meters.counter({
    name: 'countersign_logins_total',
    help: 'Logins: succeeded, or the code they failed with.',
    labels: ['outcome'],
  })
  const refreshes = meters.counter({
    name: 'countersign_refreshes_total',
    help: 'Refreshes: the outcome of docs/rotation.md, or the code they failed with.',
    labels: ['outcome'],
  })
  const verifications = meters.counter({
    name: 'countersign_token_verifications_total',
    help: 'Access tokens looked at: valid or invalid. Whether they were revoked is asked afterwards.',
    labels: ['outcome'],
  })

  return {
    ...given,

    async login(...args) {
      try {
        const pair = await given.login(...args)
        logins({ outcome: 'succeeded' })
        return pair
      } catch (error) {
        logins({ outcome: toAppError(error).code })
        throw error
      }
    },

    async refresh(...args) {
      try {
        const result = await given.refresh(...args)
        refreshes({ outcome: result.outcome })
        return result
      } catch (error) {
        refreshes({ outcome: toAppError(error).code })
        throw error
      }
    },

    verifyAccessToken(token) {
      try {
        const principal = given.verifyAccessToken(token)
        verifications({ outcome: 'valid' })
        return principal
      } catch (error) {
        verifications({ outcome: 'invalid' })
        throw error
      }
    },
  }
}
