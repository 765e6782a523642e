/** Lets a signed-in user sign in again, for routes that require a recent sign-in (RFC 9470). */
import type { Account, AccountStore } from '../accounts/account-store.ts'
import { AppError } from '../errors.ts'
import type { Principal } from '../tokens/principal.ts'
import type { Advance, SigninResult } from './advance.ts'
import type { Client, Proof } from './attempt.ts'

type Dependencies = {
  accounts: Pick<AccountStore, 'findById'>
  advance: Advance
}

/**
 * New tokens of the same session, with `auth_time` now, or what the user owes before. The refresh tokens from before stop working, so a copy
 * of one cannot get an access token with the new `auth_time`. `prove` checks the proof of the user. Ends as `prove` does, or in
 * `token_revoked` if the session or the account has ended.
 */
export type Reauthenticate = (
  principal: Pick<Principal, 'userId' | 'sessionId' | 'amr'>,
  client: Client,
  prove: (account: Account) => Promise<Proof>,
) => Promise<SigninResult>

export function createReauthenticate({ accounts, advance }: Dependencies): Reauthenticate {
  return async function reauthenticate({ userId, sessionId, amr: before }, client, prove) {
    const account = await accounts.findById(userId)
    if (!account) throw new AppError('token_revoked')
    const proof = await prove(account)
    return advance({ goal: { renews: { sessionId, before } }, client, amr: [] }, proof)
  }
}
