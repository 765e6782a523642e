/** What a code of a signed-in user proves. The feature of the factors implements it. */
import type { Account } from '../accounts/account-store.ts'
import type { Proof } from './attempt.ts'
import type { OwnCode } from './code.ts'
import type { InSession } from './prove-password.ts'

/** The proof. Ends in `invalid_factor` if the code is wrong or was used, or in `rate_limited`. */
export type ProveCode = (
  account: Account,
  given: { readonly method: OwnCode; readonly code: string },
  where: InSession,
) => Promise<Proof>
