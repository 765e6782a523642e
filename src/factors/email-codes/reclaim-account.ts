/**
 * Gives an account with an unverified email to the owner of the mailbox. Somebody else may have opened it, to get in beside the owner later. So
 * all ways in from before end together with the verification.
 */
import type { Account, AccountStore } from '../../accounts/account-store.ts'
import { AppError } from '../../errors.ts'
import type { RequestContext } from '../../http/request-context.ts'
import type { Outbox } from '../../mail/outbox.ts'
import type { RevocationFollower } from '../../revocations/follow-revocations.ts'
import type { ReclaimStore } from './reclaim-store.ts'
import type { SignInLink } from './sign-in-mail-store.ts'
import type { SignInMails } from './sign-in-mails.ts'

type Dependencies = {
  accounts: Pick<AccountStore, 'findById'>
  store: ReclaimStore
  outbox: Pick<Outbox, 'seal' | 'posted'>
  mails: Pick<SignInMails, 'reclaimed'>
  revocations: Pick<RevocationFollower, 'denyUser'>
}

/**
 * The account, with its email verified, and without the password, the factors and the sessions from before. The user gets a mail that says so, if
 * there were any. Ends in `invalid_factor` if the link was used meanwhile and the email is still not verified.
 */
export type ReclaimAccount = (account: Account, link: SignInLink, context: RequestContext) => Promise<Account>

export function createReclaimAccount({ accounts, store, outbox, mails, revocations }: Dependencies): ReclaimAccount {
  return async function reclaimAccount({ id }, link, context) {
    const mail = await outbox.seal(mails.reclaimed(link.email), id)
    const ended = await store.reclaim(link, mail, context)
    // Another request may have done it at the same moment. The triggers have raised the versions of the account in any case.
    const account = await accounts.findById(id)
    if (!account || account.emailVerifiedAt === null) throw new AppError('invalid_factor')
    if (ended) {
      outbox.posted()
      revocations.denyUser(id, account.tokenVersion)
    }
    return account
  }
}
