/** Sends a signed-in user a code by mail, with which they sign in again. */
import type { AccountStore } from '../../accounts/account-store.ts'
import { emailKey } from '../../email-addresses/email.ts'
import type { EmailCodes } from '../../email-addresses/email-code.ts'
import { AppError } from '../../errors.ts'
import type { Limits } from '../../limits/limits.ts'
import type { Outbox } from '../../mail/outbox.ts'
import type { Client } from '../../signin/attempt.ts'
import { type Attempts, attemptSeconds, type Required } from '../../signin/attempts.ts'
import type { FactorPolicy } from '../../signin/policy.ts'
import { createOneTimeToken } from '../../tokens/one-time-token.ts'
import type { Principal } from '../../tokens/principal.ts'
import type { SignInMailStore } from './sign-in-mail-store.ts'
import type { SignInMails } from './sign-in-mails.ts'

type Dependencies = {
  accounts: Pick<AccountStore, 'findById'>
  attempts: Pick<Attempts, 'begin'>
  policy: Pick<FactorPolicy, 'owes'>
  store: Pick<SignInMailStore, 'insert'>
  outbox: Pick<Outbox, 'seal' | 'posted'>
  mails: Pick<SignInMails, 'reauthentication'>
  codes: Pick<EmailCodes, 'create'>
  limits: Pick<Limits, 'requireOfAddress' | 'requireOfMailbox'>
}

/**
 * The attempt to send with the code. Ends in `mail_not_enough` if the user has no email, or must prove a second factor instead. Ends in
 * `rate_limited`, by client address and by mailbox, and in `token_revoked` if the account is gone.
 */
export type RequestCode = (
  principal: Pick<Principal, 'userId' | 'sessionId' | 'amr'>,
  client: Client,
) => Promise<Omit<Required, 'factors'>>

export function createRequestCode(dependencies: Dependencies): RequestCode {
  const { accounts, attempts, policy, store, outbox, mails, codes, limits } = dependencies

  return async function requestCode({ userId, sessionId, amr: before }, client) {
    const { context } = client
    const account = await accounts.findById(userId)
    if (!account) throw new AppError('token_revoked')
    const goal = { renews: { sessionId, before } }
    const { email } = account
    if (email === null || policy.owes(account, goal, ['email'])) throw new AppError('mail_not_enough')
    const key = emailKey(email)
    await limits.requireOfAddress('letters_address', context.ip)
    await limits.requireOfMailbox('reauthentication', { emailKey: key, ip: context.ip })
    const { verificationId, code, stored } = codes.create(key, attemptSeconds)
    const secret = { token: verificationId, hash: stored.id }
    const begun = await attempts.begin({ goal, client, amr: [] }, account, secret)
    const mail = await outbox.seal(mails.reauthentication(email, { code, lifeSeconds: stored.lifeSeconds }), userId)
    // A code counts as long as its link is there. The token of this link is in no mail.
    const link = { hash: createOneTimeToken().hash, lifeSeconds: attemptSeconds, mail, code: stored }
    await store.insert({ id: userId, email }, link, context, { userId, sessionId })
    outbox.posted()
    return begun
  }
}
