/** Proves that a user reads the mailbox of their account: by the code or by the link of the mail that belongs to the attempt. */
import type { Account, AccountStore } from '../../accounts/account-store.ts'
import type { FindLink } from '../../email-addresses/redeem-code.ts'
import { AppError } from '../../errors.ts'
import type { RequestContext } from '../../http/request-context.ts'
import type { Proof } from '../../signin/attempt.ts'
import type { OpenedAttempt } from '../../signin/attempts.ts'
import { oneTimeTokenHash } from '../../tokens/one-time-token.ts'
import type { ReclaimAccount } from './reclaim-account.ts'
import type { SignInLink, SignInMailStore } from './sign-in-mail-store.ts'

type Dependencies = {
  accounts: Pick<AccountStore, 'findById'>
  store: Pick<SignInMailStore, 'findLink' | 'use'>
  findLink: FindLink
  reclaimAccount: ReclaimAccount
}

/** How long a client waits before it asks again whether the user has approved the sign-in. */
const pollSeconds = 2

export type ProveEmail = {
  /**
   * By the code. Ends in `invalid_factor` if the code is wrong, has expired, was tried five times, or belongs to a mail that was never sent. Ends in
   * `rate_limited` after too many wrong codes from the client address or for the mailbox, and in `account_disabled`.
   */
  readonly byCode: (code: string, attempt: OpenedAttempt, context: RequestContext) => Promise<Proof>
  /**
   * By the link: by its token, if it was opened in the client of the attempt. Without a token, ends in `approval_pending` until the user has
   * approved the attempt on another device. Ends in `invalid_factor` if the token belongs to another attempt, was used, or has expired, and in
   * `account_disabled`. It counts no try.
   */
  readonly byLink: (token: string | undefined, attempt: OpenedAttempt, context: RequestContext) => Promise<Proof>
}

/** Whether a proof failed because the code is wrong. */
export const isWrongCode = (error: unknown): boolean => error instanceof AppError && error.code === 'invalid_factor'
const isInvalidCode = (error: unknown) => error instanceof AppError && error.code === 'invalid_code'

export function createProveEmail({ accounts, store, findLink, reclaimAccount }: Dependencies): ProveEmail {
  async function prove(link: SignInLink, { goal }: OpenedAttempt, context: RequestContext): Promise<Proof> {
    const found = await accounts.findById(link.userId)
    if (!found || found.email !== link.email) throw new AppError('invalid_factor')
    if (found.disabledAt) throw new AppError('account_disabled')
    const account = goal === 'session' ? await verified(found, link, context) : found
    return { account, amr: ['email'], consumes: store.use(link) }
  }

  /** The account with its address verified. */
  async function verified(account: Account, link: SignInLink, context: RequestContext): Promise<Account> {
    if (account.emailVerifiedAt !== null) return account
    return reclaimAccount(account, link, context)
  }

  return {
    async byCode(code, attempt, context) {
      // The attempt and the code have one secret.
      const proof = { verification_id: attempt.stored.token, code }
      const hash = await findLink(proof, context).catch((error: unknown) => {
        throw isInvalidCode(error) ? new AppError('invalid_factor') : error
      })
      const link = await store.findLink(attempt.stored.id)
      if (!link?.hash.equals(hash)) throw new AppError('invalid_factor')
      return prove(link, attempt, context)
    },

    async byLink(token, attempt, context) {
      if (token === undefined && attempt.approvedAt === null) {
        throw new AppError('approval_pending', { retryAfterSeconds: pollSeconds })
      }
      const link = await store.findLink(attempt.stored.id)
      const isIt = token === undefined || (link && oneTimeTokenHash(token)?.equals(link.hash))
      if (!link || !isIt) throw new AppError('invalid_factor')
      return prove(link, attempt, context)
    },
  }
}
