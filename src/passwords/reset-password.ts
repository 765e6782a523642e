/** Sets a new password with a mailed link, by its token or by the code beside it. Each link works once. Every session of the user ends. */
import { emailKey } from '../email-addresses/email.ts'
import type { FindLink } from '../email-addresses/redeem-code.ts'
import { AppError } from '../errors.ts'
import type { RequestContext } from '../http/request-context.ts'
import { clientAddress } from '../limits/client-address.ts'
import type { Limits } from '../limits/limits.ts'
import type { Outbox } from '../mail/outbox.ts'
import type { RevocationFollower } from '../revocations/follow-revocations.ts'
import type { TrustedDeviceTokens } from '../tokens/trusted-device-token.ts'
import type { Hashing } from './hashing.ts'
import type { PasswordMails } from './password-mails.ts'
import type { PasswordPolicy } from './password-policy.ts'
import type { PasswordStore } from './password-store.ts'
import type { PasswordReset } from './passwords.ts'

type Dependencies = {
  findLink: FindLink
  passwordStore: Pick<PasswordStore, 'findByToken' | 'reset'>
  hashing: Pick<Hashing, 'of'>
  requireGoodPassword: PasswordPolicy
  limits: Pick<Limits, 'forgiveAccount'>
  trustedDeviceTokens: Pick<TrustedDeviceTokens, 'issue'>
  outbox: Pick<Outbox, 'seal' | 'posted'>
  mails: Pick<PasswordMails, 'changed'>
  revocations: Pick<RevocationFollower, 'denyUser'>
}

/**
 * A trusted device token for the client, so that no wrong passwords from elsewhere keep the user from logging in with the new one. Those
 * given before are forgotten. Ends in `invalid_one_time_token` for every fault of the token, and in `invalid_code` or `rate_limited` as
 * redeem-code.ts says. Ends in `invalid_request` if the password is
 * too weak, or in `overloaded`: the link stays valid then.
 */
export type ResetPassword = (reset: PasswordReset, context: RequestContext) => Promise<string>

export function createResetPassword(dependencies: Dependencies): ResetPassword {
  const { findLink, passwordStore, hashing, requireGoodPassword, limits, trustedDeviceTokens } = dependencies
  const { outbox, mails, revocations } = dependencies

  return async function resetPassword({ password, ...proof }, context) {
    const hash = await findLink(proof, context)
    // This comes first, so that an invented token costs a query and no password hash. The transaction below decides.
    const found = await passwordStore.findByToken(hash)
    if (!found) throw new AppError('invalid_one_time_token')
    const { userId, email } = found
    requireGoodPassword(password, email)
    const passwords = hashing.of({ address: clientAddress(context.ip), account: userId, trusted: true })
    const to = await passwords.hash(password)
    const mail = await outbox.seal(mails.changed(email, { ended: 'all' }), userId)
    const ended = await passwordStore.reset({ userId, hash, to, mail, context })
    outbox.posted()
    if (!ended) throw new AppError('invalid_one_time_token')
    revocations.denyUser(userId, ended.tokenVersion)
    // The password is set already. If the count cannot be cleared, the trusted device still lets the user log in.
    await limits.forgiveAccount(emailKey(email)).catch(() => {})
    return trustedDeviceTokens.issue(userId)
  }
}
