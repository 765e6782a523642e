/**
 * Sends links that verify an address. The response and its timing are the same for an address with an account and for one without, so
 * the requester learns nothing.
 */
import { randomUUID } from 'node:crypto'
import type { AccountStore } from '../accounts/account-store.ts'
import type { RequestContext } from '../http/request-context.ts'
import type { Limits } from '../limits/limits.ts'
import type { LinkTarget } from '../mail/link-target.ts'
import type { Outbox } from '../mail/outbox.ts'
import type { RequireLinkTarget } from '../mail/redirect-to.ts'
import { createOneTimeToken } from '../tokens/one-time-token.ts'
import { emailKey } from './email.ts'
import type { EmailAddressMails } from './email-address-mails.ts'
import type { EmailAddressStore } from './email-address-store.ts'
import type { EmailCodes } from './email-code.ts'
import type { NewLink } from './link.ts'

type Dependencies = {
  accounts: Pick<AccountStore, 'findByEmailKey'>
  emails: Pick<EmailAddressStore, 'insertVerification'>
  limits: Pick<Limits, 'requireOfAddress' | 'allowsMail'>
  outbox: Outbox
  mails: EmailAddressMails
  codes: Pick<EmailCodes, 'create'>
  requireLinkTarget: RequireLinkTarget
  /** How long a link is valid. */
  lifeSeconds: number
  /** Whether users must verify their address before they can sign in. */
  verifiedOnly: boolean
}

type Wish = { readonly email: string; readonly redirectTo: string | undefined }

export type SendVerification = {
  /** A new link, the code beside it, and their sealed mail, to be stored together; and the verification_id, for the client. */
  readonly newLink: (
    to: string,
    page: LinkTarget | undefined,
  ) => Promise<{ readonly link: NewLink; readonly verificationId: string }>
  /** Call it once the mail is committed: the outbox then sends at once. */
  readonly posted: () => void
  /**
   * The verification_id. Sends a new link if the address has an account, is not verified, and has not got too many mails. With `SIGNUP=verified` it sends
   * nothing: such a link could not say which registration, and so which password, it opens. Users register again instead. Ends in
   * `invalid_request` if links may not lead to `redirectTo`, or in `rate_limited`, by client address.
   */
  readonly resend: (wish: Wish, context: RequestContext) => Promise<string>
}

export function createSendVerification(dependencies: Dependencies): SendVerification {
  const { accounts, emails, limits, outbox, mails, codes, requireLinkTarget, lifeSeconds, verifiedOnly } = dependencies

  const newLink: SendVerification['newLink'] = async (to, page) => {
    const { token, hash } = createOneTimeToken()
    const { verificationId, code, stored } = codes.create(emailKey(to), lifeSeconds)
    const mailed = { token, page, code: { code, lifeSeconds: stored.lifeSeconds } }
    const mail = await outbox.seal(mails.verification(to, mailed), null)
    return { link: { hash, lifeSeconds, mail, code: stored }, verificationId }
  }

  return {
    newLink,

    posted: () => outbox.posted(),

    async resend({ email, redirectTo }, context) {
      const page = requireLinkTarget(redirectTo)
      await limits.requireOfAddress('letters_address', context.ip)
      const key = emailKey(email)
      const allowed = await limits.allowsMail('resend', { emailKey: key, ip: context.ip, linkSeconds: lifeSeconds })
      const account = verifiedOnly ? null : await accounts.findByEmailKey(key)
      // Without an account the same statement runs with an id that no account has, so that the time is the same.
      const user = account && allowed ? account : { id: randomUUID(), email }
      const { link, verificationId } = await newLink(user.email, page)
      await emails.insertVerification(user, link, context)
      outbox.posted()
      return verificationId
    },
  }
}
