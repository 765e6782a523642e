/** How a code proves a factor. */
import type { Account } from '../../accounts/account-store.ts'
import type { RequestContext } from '../../http/request-context.ts'
import type { Proof } from '../../signin/attempt.ts'
import type { OpenedAttempt } from '../../signin/attempts.ts'

/** The proof, or undefined if the code is wrong or was used. `sessionId` is that of a user who signs in again. */
export type ProveOwnCode = (
  account: Account,
  code: string,
  where: { readonly sessionId: string | undefined; readonly context: RequestContext },
) => Promise<Proof | undefined>

/** What the mail of a sign-in proves. The attempt is open, and a try was counted. Ends in `invalid_factor` if it proves nothing. */
export type ProveMailed = (code: string | undefined, attempt: OpenedAttempt, context: RequestContext) => Promise<Proof>
