/**
 * Sends a link that sets a new password to an address, if that is somebody's. Whether it is, nobody learns: not from the
 * answer, and not from its time, because the same work is done either way.
 */
import type { AccountStore } from '../accounts/account-store.ts'
import { emailKey } from '../email-addresses/email.ts'
import type { RequestContext } from '../http/request-context.ts'
import type { Limits } from '../limits/limits.ts'
import type { Outbox } from '../mail/outbox.ts'
import { createOneTimeToken } from '../tokens/one-time-token.ts'
import type { PasswordMails } from './password-mails.ts'
import type { PasswordStore } from './password-store.ts'

type Dependencies = {
  accounts: Pick<AccountStore, 'findByEmailKey'>
  passwordStore: Pick<PasswordStore, 'request'>
  outbox: Pick<Outbox, 'seal' | 'posted'>
  mails: Pick<PasswordMails, 'reset'>
  limits: Pick<Limits, 'requireOfAddress'>
  lifeSeconds: number
}

// A person who asks again gets another letter after this, and has this many links that work at most.
const pauseSeconds = 60
const mostLive = 3

/** The link is sent, or not; the caller is told only where it is `rate_limited`, by where it comes from. */
export function createRequestReset({ accounts, passwordStore, outbox, mails, limits, lifeSeconds }: Dependencies) {
  return async function requestReset(email: string, context: RequestContext): Promise<void> {
    await limits.requireOfAddress('letters_address', context.ip)
    const key = emailKey(email)
    const account = await accounts.findByEmailKey(key)
    const userId = account?.id ?? null
    // Never to the address as it was typed here; where nobody has it, the letter is written for its cost alone.
    const to = account?.email ?? email
    const { token, hash } = createOneTimeToken()
    const mail = await outbox.seal(mails.reset(to, { token, lifeSeconds }), userId)
    const link = { lifeSeconds, pauseSeconds, mostLive }
    await passwordStore.request({ userId, email: to, emailKey: key, hash, mail, ...link, context })
    outbox.posted()
  }
}

export type RequestReset = ReturnType<typeof createRequestReset>
