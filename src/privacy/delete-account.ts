/** Deletes the account of the signed-in user. */
import type { AccountStore } from '../accounts/account-store.ts'
import { AppError } from '../errors.ts'
import type { RequestContext } from '../http/request-context.ts'
import type { Outbox } from '../mail/outbox.ts'
import { writeMail } from '../mail/write-mail.ts'
import type { RevocationFollower } from '../revocations/follow-revocations.ts'
import type { DeletionStore } from './deletion-store.ts'

type Dependencies = {
  accounts: Pick<AccountStore, 'findById'>
  deletions: DeletionStore
  outbox: Pick<Outbox, 'seal' | 'posted'>
  revocations: Pick<RevocationFollower, 'denyUser'>
  publicUrl: string
}

/**
 * Deletes everything about the user but ids. Ends in `token_revoked` if the account is gone or the session has ended meanwhile, or in
 * `last_admin`.
 */
export type DeleteAccount = (
  principal: { readonly userId: string; readonly sessionId: string },
  context: RequestContext,
) => Promise<void>

// The largest integer of Postgres. The trigger that announces a deletion uses it too.
const aboveAllVersions = 2 ** 31 - 1

export function createDeleteAccount(dependencies: Dependencies): DeleteAccount {
  const { accounts, deletions, outbox, revocations, publicUrl } = dependencies

  const confirmation = (to: string) =>
    writeMail({
      kind: 'account_deleted',
      to,
      subject: 'Your account was deleted',
      paragraphs: [
        `Your account at ${new URL(publicUrl).host} was deleted as you asked. All data about you was deleted with it.`,
        'If you did not ask for this, someone else had access to your account. Change the password wherever else you use it.',
      ],
    })

  return async function deleteAccount({ userId, sessionId }, context) {
    const account = await accounts.findById(userId)
    if (!account) throw new AppError('token_revoked')
    // The mail belongs to no user: mails of a user are deleted with the user.
    const mail = account.email === null ? undefined : await outbox.seal(confirmation(account.email), null)
    const deleted = await deletions.delete({ userId, sessionId, mail, context })
    if (!deleted) throw new AppError('token_revoked')
    outbox.posted()
    revocations.denyUser(userId, aboveAllVersions)
  }
}
