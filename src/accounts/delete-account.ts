/** Deletes the signed-in person's account. The password in the request is the proof that it is they who ask. */
import type { AuditStore } from '../audit/audit-store.ts'
import { AppError } from '../errors.ts'
import type { RequestContext } from '../http/request-context.ts'
import { writeLetter } from '../mail/letter.ts'
import type { Outbox } from '../mail/outbox.ts'
import type { RevocationFeed } from '../verification/revocation-feed.ts'
import type { AccountStore } from './account-store.ts'
import type { DeletionStore } from './deletion-store.ts'
import type { PasswordHashes } from './password-hash.ts'

type Given = {
  accounts: Pick<AccountStore, 'findById'>
  deletions: DeletionStore
  passwords: Pick<PasswordHashes, 'check'>
  audit: Pick<AuditStore, 'record'>
  outbox: Pick<Outbox, 'seal' | 'posted'>
  revocations: Pick<RevocationFeed, 'denySession'>
  publicUrl: string
}
type Who = { readonly userId: string; readonly sessionId: string }

/**
 * Ends in `invalid_token` where the account is gone, `invalid_credentials` where the password is wrong or was changed
 * meanwhile, `last_admin`, or `overloaded`. Afterwards nothing about the person is left but ids.
 */
export function createDeleteAccount({ accounts, deletions, passwords, audit, outbox, revocations, publicUrl }: Given) {
  const writeFarewell = (to: string) =>
    writeLetter({
      kind: 'account_deleted',
      to,
      subject: 'Your account was deleted',
      paragraphs: [
        `Your account at ${new URL(publicUrl).host} was deleted, as you asked, and all that was stored about you with it.`,
        'If it was not you who asked for this, somebody knew your password: change it wherever else you use it.',
      ],
    })

  return async function deleteAccount({ userId, sessionId }: Who, password: string, context: RequestContext) {
    const account = await accounts.findById(userId)
    if (!account) throw new AppError('invalid_token')
    const { passwordHash } = account
    if (!(await passwords.check(password, passwordHash)).matches) {
      await audit.record({ type: 'reauthentication_failed', actorId: userId, subjectId: userId, sessionId, context })
      throw new AppError('invalid_credentials')
    }
    // About nobody: letters about the person are deleted with them.
    const letter = await outbox.seal(writeFarewell(account.email), null)
    const ended = await deletions.delete({ userId, sessionId, passwordHash, letter, context })
    outbox.posted()
    if (!ended) throw new AppError('invalid_credentials')
    for (const id of ended) revocations.denySession(id, userId)
  }
}

export type DeleteAccount = ReturnType<typeof createDeleteAccount>
