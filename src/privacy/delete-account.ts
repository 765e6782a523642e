/** Deletes the signed-in person's account, while the session they ask in goes on. */

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
  revocations: Pick<RevocationFollower, 'denySession'>
  publicUrl: string
}
type Who = { readonly userId: string; readonly sessionId: string }

/**
 * Ends in `invalid_token` where the account is gone or the session has ended meanwhile, or in `last_admin`. Afterwards
 * nothing about the person is left but ids.
 */
export function createDeleteAccount({ accounts, deletions, outbox, revocations, publicUrl }: Dependencies) {
  const writeFarewell = (to: string) =>
    writeMail({
      kind: 'account_deleted',
      to,
      subject: 'Your account was deleted',
      paragraphs: [
        `Your account at ${new URL(publicUrl).host} was deleted, as you asked, and all that was stored about you with it.`,
        'If it was not you who asked for this, somebody got into your account: change the password wherever else you use it.',
      ],
    })

  return async function deleteAccount({ userId, sessionId }: Who, context: RequestContext): Promise<void> {
    const account = await accounts.findById(userId)
    if (!account) throw new AppError('invalid_token')
    // About nobody: letters about the person are deleted with them.
    const letter = await outbox.seal(writeFarewell(account.email), null)
    const ended = await deletions.delete({ userId, sessionId, letter, context })
    if (!ended) throw new AppError('invalid_token')
    outbox.posted()
    for (const id of ended) revocations.denySession(id, userId)
  }
}

export type DeleteAccount = ReturnType<typeof createDeleteAccount>
