/**
 * Answers a registration with `SIGNUP=verified`: no account is opened yet, and a mail is sent. The text of the mail depends on whether the
 * address has an account. The response and its timing do not, so the requester learns nothing.
 */
import { randomUUID } from 'node:crypto'
import type { AccountWithEmail } from '../accounts/account-store.ts'
import type { EmailAddressMails } from '../email-addresses/email-address-mails.ts'
import type { EmailAddressStore } from '../email-addresses/email-address-store.ts'
import type { EmailCodes } from '../email-addresses/email-code.ts'
import type { RequestContext } from '../http/request-context.ts'
import type { LinkTarget } from '../mail/link-target.ts'
import type { Outbox } from '../mail/outbox.ts'
import { createOneTimeToken } from '../tokens/one-time-token.ts'
import type { NewRegistration, RegistrationStore } from './registration-store.ts'

type Dependencies = {
  registrations: Pick<RegistrationStore, 'insert'>
  emails: Pick<EmailAddressStore, 'tellOwner'>
  outbox: Pick<Outbox, 'seal' | 'posted'>
  mails: EmailAddressMails
  codes: Pick<EmailCodes, 'create'>
  lifeSeconds: number
}

/**
 * The verification_id. `known` is the account of the address, `allowed` whether the mailbox may get another mail. Nothing tells the requester either. `page` is
 * the page that the link leads to, if the client asked for one.
 */
export type AwaitVerification = (
  wanted: NewRegistration,
  address: {
    readonly known: AccountWithEmail | null
    readonly allowed: boolean
    readonly page: LinkTarget | undefined
  },
  context: RequestContext,
) => Promise<string>

export function createAwaitVerification(dependencies: Dependencies): AwaitVerification {
  const { registrations, emails, outbox, mails, codes, lifeSeconds } = dependencies

  return async function awaitVerification(wanted, { known, allowed, page }, context) {
    const { verificationId, code: digits, stored: code } = codes.create(wanted.emailKey, lifeSeconds)
    // An account with an unverified address does not hold the address: the user who verifies it gets it.
    const isTaken = known && (known.emailVerifiedAt !== null || known.disabledAt !== null)
    if (isTaken) {
      // If the mailbox has got too many mails, the same work is done with an id that no account has, and no mail is stored.
      const owner = allowed ? known : { id: randomUUID(), email: wanted.email }
      const mail = await outbox.seal(mails.alreadyRegistered(owner.email), owner.id)
      await emails.tellOwner(owner, { mail, code }, context)
    } else {
      const { token, hash } = createOneTimeToken()
      const mailed = { token, page, code: { code: digits, lifeSeconds: code.lifeSeconds } }
      const write = wanted.passkey ? mails.passkeyRegistration : mails.registration
      const mail = await outbox.seal(write(wanted.email, mailed), null)
      // The registration counts even without a mail: any link to the address can open it.
      await registrations.insert(wanted, { hash, lifeSeconds, mail, code, mailed: allowed }, context)
    }
    outbox.posted()
    return verificationId
  }
}
