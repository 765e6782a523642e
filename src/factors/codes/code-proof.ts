/** How a code proves a factor. */
import type { Account } from '../../accounts/account-store.ts'
import type { RequestContext } from '../../http/request-context.ts'
import type { Proof } from '../../signin/attempt.ts'

/** The proof, or undefined if the code is wrong or was used. `sessionId` is that of a user who signs in again. */
export type ProveOwnCode = (
  account: Account,
  code: string,
  where: { readonly sessionId: string | undefined; readonly context: RequestContext },
) => Promise<Proof | undefined>
