/** Makes a sign-in of a known session recent (step-up). Its refresh tokens begin a new line. */
import { AppError } from '../errors.ts'
import type { Spent } from '../sessions/spent-proof-sql.ts'
import type { NewLines, TokenPair } from '../sessions/token-pair.ts'
import type { Client, Proof } from './attempt.ts'
import type { ReauthenticationStore } from './reauthentication-store.ts'
import { requireProven } from './require-proven.ts'

type Dependencies = {
  reauthentications: ReauthenticationStore
  newLine: NewLines
}

/**
 * New tokens of the session, with `auth_time` now. Ends in `token_revoked` if the session or the account has ended, or if the credentials
 * changed since the proof was checked. If the sign-in uses something up, it may also end as require-proven.ts says.
 */
export type RenewSession = (
  proof: Pick<Proof, 'account' | 'amr'>,
  sessionId: string,
  client: Pick<Client, 'context'>,
  spent: Spent,
) => Promise<TokenPair>

export function createRenewSession({ reauthentications, newLine }: Dependencies): RenewSession {
  return async function renewSession({ account, amr }, sessionId, { context }, spent) {
    const { headHash, pairOf } = newLine()
    const session = await reauthentications.record({ sessionId, account, amr, headHash, context }, spent)
    requireProven(session)
    if (!session) throw new AppError('token_revoked')
    return pairOf(sessionId, session)
  }
}
