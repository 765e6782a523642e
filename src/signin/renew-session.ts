/** Makes a sign-in of a known session recent (step-up). Its refresh tokens begin a new line. */
import { AppError } from '../errors.ts'
import type { NewLines, TokenPair } from '../sessions/token-pair.ts'
import type { Proof, Reauthenticating } from './attempt.ts'
import type { ReauthenticationStore } from './reauthentication-store.ts'

type Dependencies = {
  reauthentications: ReauthenticationStore
  newLine: NewLines
}

/**
 * New tokens of the session, with `auth_time` now. Ends in `token_revoked` if the session or the account has ended, or if the credentials
 * changed since the proof was checked.
 */
export type RenewSession = (proof: Proof, session: Reauthenticating) => Promise<TokenPair>

export function createRenewSession({ reauthentications, newLine }: Dependencies): RenewSession {
  return async function renewSession({ account, amr }, { sessionId, context }) {
    const { headHash, pairOf } = newLine()
    const session = await reauthentications.record({ sessionId, account, amr, headHash, context })
    if (!session) throw new AppError('token_revoked')
    return pairOf(sessionId, session)
  }
}
