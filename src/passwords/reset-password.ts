/** Sets a new password with a link that came by mail: once. Every session of the person ends; they log in anew. */

import { AppError } from '../errors.ts'
import type { RequestContext } from '../http/request-context.ts'
import type { Outbox } from '../mail/outbox.ts'
import type { RevocationFollower } from '../revocations/follow-revocations.ts'
import { oneTimeTokenHash } from '../tokens/one-time-token.ts'
import type { PasswordHashes } from './password-hash.ts'
import type { PasswordMails } from './password-mails.ts'
import type { PasswordPolicy } from './password-policy.ts'
import type { PasswordStore } from './password-store.ts'
import type { PasswordReset } from './passwords.ts'

type Dependencies = {
  passwordStore: Pick<PasswordStore, 'findByToken' | 'reset'>
  passwords: Pick<PasswordHashes, 'hash'>
  requireGoodPassword: PasswordPolicy
  outbox: Pick<Outbox, 'seal' | 'posted'>
  mails: Pick<PasswordMails, 'changed'>
  revocations: Pick<RevocationFollower, 'denySession'>
}

/**
 * Ends in `invalid_one_time_token`, whatever is wrong with the token; in `invalid_request` where the password is too weak;
 * or in `overloaded`. After these two the token is as good as before.
 */
export function createResetPassword(given: Dependencies) {
  const { passwordStore, passwords, requireGoodPassword, outbox, mails, revocations } = given

  return async function resetPassword({ token, password }: PasswordReset, context: RequestContext): Promise<void> {
    const hash = oneTimeTokenHash(token)
    // First, so that who invents tokens costs us a look-up and no password hash. The transaction decides.
    const found = hash && (await passwordStore.findByToken(hash))
    if (!found) throw new AppError('invalid_one_time_token')
    const { userId, email } = found
    requireGoodPassword(password, email)
    const to = await passwords.hash(password)
    const mail = await outbox.seal(mails.changed(email, { devices: 'all' }), userId)
    const ended = await passwordStore.reset({ userId, hash, to, mail, context })
    outbox.posted()
    if (!ended) throw new AppError('invalid_one_time_token')
    for (const id of ended.sessionIds) revocations.denySession(id, userId)
  }
}

export type ResetPassword = ReturnType<typeof createResetPassword>
