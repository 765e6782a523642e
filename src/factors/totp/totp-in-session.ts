/** Adds an authenticator app to the account of a signed-in user. */
import type { AccountStore } from '../../accounts/account-store.ts'
import { AppError } from '../../errors.ts'
import type { RequestContext } from '../../http/request-context.ts'
import type { Limits } from '../../limits/limits.ts'
import { joinMethods } from '../../signin/methods.ts'
import type { Principal } from '../../tokens/principal.ts'
import type { FactorAdded } from '../factor.ts'
import type { BeginTotp } from './begin-totp.ts'
import type { ConfirmTotp } from './confirm-totp.ts'
import type { TotpBegun } from './totp.ts'

type Dependencies = {
  accounts: Pick<AccountStore, 'findById'>
  limits: Pick<Limits, 'inSession'>
  beginTotp: BeginTotp
  confirmTotp: ConfirmTotp
}
type Holder = Pick<Principal, 'userId' | 'sessionId' | 'amr'>

export type TotpInSession = {
  /** Ends as BeginTotp does. */
  readonly begin: (principal: Holder) => Promise<TotpBegun>
  /**
   * The factor, and recovery codes with the first one. The session counts as signed in with two factors from now on. Ends as ConfirmTotp does,
   * or in `rate_limited`.
   */
  readonly confirm: (
    principal: Holder,
    confirmation: { readonly id: string; readonly code: string },
    context: RequestContext,
  ) => Promise<FactorAdded>
}

export function createTotpInSession({ accounts, limits, beginTotp, confirmTotp }: Dependencies): TotpInSession {
  async function accountOf(userId: string) {
    const account = await accounts.findById(userId)
    if (!account) throw new AppError('token_revoked')
    return account
  }

  return {
    begin: async ({ userId, sessionId }) => beginTotp(await accountOf(userId), { userId, sessionId }),

    async confirm({ userId, sessionId, amr }, confirmation, context) {
      const account = await accountOf(userId)
      const by = { userId, sessionId, amr: joinMethods(amr, ['otp']) }
      // A wrong code is an outcome here, so that the attempt stays counted.
      const { added, error } = await limits.inSession(`${sessionId} totp`, () =>
        confirmTotp(account, by, confirmation, context).then(
          (confirmed) => ({ matches: true, added: confirmed.added, error: undefined }),
          (reason: unknown) => {
            if (!(reason instanceof AppError) || reason.code !== 'invalid_code') throw reason
            return { matches: false, added: undefined, error: reason }
          },
        ),
      )
      if (!added) throw error
      return added
    },
  }
}
