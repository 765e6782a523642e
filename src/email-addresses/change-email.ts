/** Starts a change of address, or gives an address to a user without one. Nothing changes before the new address is verified. */
import type { AccountStore } from '../accounts/account-store.ts'
import { AppError } from '../errors.ts'
import type { RequestContext } from '../http/request-context.ts'
import type { Limits } from '../limits/limits.ts'
import type { Outbox } from '../mail/outbox.ts'
import type { RequireLinkTarget } from '../mail/redirect-to.ts'
import { createOneTimeToken } from '../tokens/one-time-token.ts'
import type { Principal } from '../tokens/principal.ts'
import { emailKey } from './email.ts'
import type { EmailAddressMails } from './email-address-mails.ts'
import type { EmailAddressStore } from './email-address-store.ts'
import type { EmailCodes } from './email-code.ts'

type Dependencies = {
  accounts: Pick<AccountStore, 'findByEmailKey'>
  emails: Pick<EmailAddressStore, 'insertChange' | 'insertChangeToTaken'>
  limits: Pick<Limits, 'requireOfAddress' | 'requireOfMailbox'>
  outbox: Outbox
  mails: EmailAddressMails
  codes: Pick<EmailCodes, 'create'>
  requireLinkTarget: RequireLinkTarget
  lifeSeconds: number
}

/**
 * The verification_id. Sends a link to the new address. If another account has the address, its owner gets a mail without a link, and the response does not
 * say so. In both cases the principal's earlier links become invalid. Ends in `token_revoked` if the session has ended meanwhile:
 * nothing is sent. Ends in `invalid_request` if links may not lead to `redirectTo`. Ends in `rate_limited`, by client address and by
 * mailbox.
 */
export type ChangeEmail = (
  principal: Pick<Principal, 'userId' | 'sessionId'>,
  wish: { readonly newEmail: string; readonly redirectTo: string | undefined },
  context: RequestContext,
) => Promise<string>

export function createChangeEmail(dependencies: Dependencies): ChangeEmail {
  const { accounts, emails, limits, outbox, mails, codes, requireLinkTarget, lifeSeconds } = dependencies

  return async function changeEmail(principal, { newEmail, redirectTo }, context) {
    const page = requireLinkTarget(redirectTo)
    const { userId } = principal
    const key = emailKey(newEmail)
    await limits.requireOfAddress('letters_address', context.ip)
    await limits.requireOfMailbox('email_change', { emailKey: key, ip: context.ip })
    const owner = await accounts.findByEmailKey(key)
    const { token, hash } = createOneTimeToken()
    const { verificationId, code: digits, stored: code } = codes.create(key, lifeSeconds)
    const insert = async () => {
      const mailed = { token, page, code: { code: digits, lifeSeconds: code.lifeSeconds } }
      const mail = await outbox.seal(mails.change(newEmail, mailed), userId)
      return emails.insertChange(principal, newEmail, { hash, lifeSeconds, mail, code }, context)
    }
    const insertToTaken = async ({ id, email }: { id: string; email: string }) => {
      const mail = await outbox.seal(mails.alreadyRegistered(email), id)
      return emails.insertChangeToTaken(principal, newEmail, { id, email }, { hash, lifeSeconds, mail, code }, context)
    }
    const done = owner && owner.id !== userId ? await insertToTaken(owner) : await insert()
    if (!done) throw new AppError('token_revoked')
    outbox.posted()
    return verificationId
  }
}
