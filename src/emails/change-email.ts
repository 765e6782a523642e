/** Begins a change of address: nothing changes before the new one is proven. */
import type { AccountStore } from '../accounts/account-store.ts'
import { emailKey } from '../accounts/email.ts'
import type { PasswordHashes } from '../accounts/password-hash.ts'
import type { AuditStore } from '../audit/audit-store.ts'
import { AppError } from '../errors.ts'
import type { RequestContext } from '../http/request-context.ts'
import type { Limits } from '../limits/limits.ts'
import type { Outbox } from '../mail/outbox.ts'
import { createOneTimeToken } from '../tokens/one-time-token.ts'
import type { EmailLetters } from './email-letters.ts'
import type { EmailStore } from './email-store.ts'

type Given = {
  accounts: Pick<AccountStore, 'findById' | 'findByEmailKey'>
  passwords: Pick<PasswordHashes, 'check'>
  audit: Pick<AuditStore, 'record'>
  emails: EmailStore
  limits: Pick<Limits, 'requireOfAddress' | 'requireOfMailbox'>
  outbox: Outbox
  letters: EmailLetters
  lifeSeconds: number
}
type Change = { userId: string; sessionId: string; newEmail: string; password: string }

/**
 * Sends a link to the new address; where somebody else has it, a word to them, and the asker is not told. Ends in
 * `invalid_credentials` where the password is wrong, `invalid_token` where the account is gone, `rate_limited` by
 * address and by mailbox, whoever has it, or `overloaded`.
 */
export function createChangeEmail(given: Given) {
  const { accounts, passwords, audit, emails, limits, outbox, letters, lifeSeconds } = given

  return async function changeEmail(change: Change, context: RequestContext): Promise<void> {
    const { userId, sessionId, newEmail, password } = change
    const account = await accounts.findById(userId)
    if (!account) throw new AppError('invalid_token')
    // Whoever reads the mailbox can have the password replaced: a session alone, maybe a stolen one, is not enough.
    const { matches } = await passwords.check(password, account.passwordHash)
    if (!matches) {
      await audit.record({ type: 'reauthentication_failed', actorId: userId, subjectId: userId, sessionId, context })
      throw new AppError('invalid_credentials')
    }
    const key = emailKey(newEmail)
    await limits.requireOfAddress('letters_address', context.ip)
    await limits.requireOfMailbox('email_change', key)
    const owner = await accounts.findByEmailKey(key)
    if (owner && owner.id !== userId) {
      const letter = await outbox.seal(letters.alreadyRegistered(owner.email), owner.id)
      await emails.tellOwner(owner, letter, { type: 'email_change_requested', actorId: userId }, context)
    } else {
      const { token, hash } = createOneTimeToken()
      const letter = await outbox.seal(letters.change(newEmail, token), userId)
      await emails.askChange(account, newEmail, { hash, lifeSeconds, letter }, context)
    }
    outbox.posted()
  }
}

export type ChangeEmail = ReturnType<typeof createChangeEmail>
