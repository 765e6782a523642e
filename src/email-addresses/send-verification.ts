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
import type { NewLink } from './link.ts'

type Dependencies = {
  accounts: Pick<AccountStore, 'findByEmailKey'>
  emails: Pick<EmailAddressStore, 'insertVerification'>
  limits: Pick<Limits, 'requireOfAddress' | 'allowsMail'>
  outbox: Outbox
  mails: EmailAddressMails
  requireLinkTarget: RequireLinkTarget
  /** How long a link is valid. */
  lifeSeconds: number
  /** Whether users must verify their address before they can sign in. */
  verifiedOnly: boolean
}

type Wish = { readonly email: string; readonly redirectTo: string | undefined }

export type SendVerification = {
  /** A new link and its sealed mail, to be stored together. */
  readonly newLink: (to: string, page: LinkTarget | undefined) => Promise<NewLink>
  /** Call it once the mail is committed: the outbox then sends at once. */
  readonly posted: () => void
  /**
   * Sends a new link if the address has an account, is not verified, and has not got too many mails. With `SIGNUP=verified` it sends
   * nothing: such a link could not say which registration, and so which password, it opens. Users register again instead. Ends in
   * `invalid_request` if links may not lead to `redirectTo`, or in `rate_limited`, by client address.
   */
  readonly resend: (wish: Wish, context: RequestContext) => Promise<void>
}

export function createSendVerification(dependencies: Dependencies): SendVerification {
  const { accounts, emails, limits, outbox, mails, requireLinkTarget, lifeSeconds, verifiedOnly } = dependencies

  const newLink: SendVerification['newLink'] = async (to, page) => {
    const { token, hash } = createOneTimeToken()
    return { hash, lifeSeconds, mail: await outbox.seal(mails.verification(to, { token, page }), null) }
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
      await emails.insertVerification(user, await newLink(user.email, page), context)
      outbox.posted()
    },
  }
}
