/** How many factors the routes of this server require of a user who is signed in. */
import type { AccountStore } from '../accounts/account-store.ts'
import type { Factors } from '../guard/require-step-up.ts'
import { twoFactors } from '../tokens/acr.ts'
import type { Principal } from '../tokens/principal.ts'
import type { FactorPolicy } from './policy.ts'

export type FactorsOf = {
  /** For the routes of administrators: two if the policy requires two of this user. A trusted device does not replace the second one here. */
  readonly administrators: (principal: Pick<Principal, 'roles'>) => Factors
  /**
   * For routes that can take the account from its user: two if the user has a second factor. Else somebody who knows the password could
   * remove the factor, on a trusted device or in a session from before the factor was added.
   */
  readonly owners: (principal: Pick<Principal, 'userId' | 'acr'>) => Promise<Factors>
}

type Dependencies = { policy: Pick<FactorPolicy, 'requires' | 'asks'>; accounts: Pick<AccountStore, 'findById'> }

export const createFactorsOf = ({ policy, accounts }: Dependencies): FactorsOf => ({
  administrators: ({ roles }) => (policy.requires({ roles: [...roles] }) ? 2 : 1),

  async owners({ userId, acr }) {
    // Most users with a second factor signed in with it. So the query is rare.
    if (acr === twoFactors) return 2
    const account = await accounts.findById(userId)
    return account && policy.asks(account) ? 2 : 1
  },
})
