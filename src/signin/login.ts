/**
 * Login with a password. An unknown address costs the same work as a wrong password and gets the same response, so the requester does
 * not learn which addresses have an account.
 */
import type { AccountStore } from '../accounts/account-store.ts'
import type { AuditStore } from '../audit/audit-store.ts'
import { emailKey } from '../email-addresses/email.ts'
import { AppError } from '../errors.ts'
import { clientAddress } from '../limits/client-address.ts'
import type { Limits } from '../limits/limits.ts'
import type { Hashing } from '../passwords/hashing.ts'
import type { TrustedDeviceTokens } from '../tokens/trusted-device-token.ts'
import type { Advance, SigninResult } from './advance.ts'
import type { Client } from './attempt.ts'

type Dependencies = {
  accounts: AccountStore
  hashing: Hashing
  audit: Pick<AuditStore, 'record'>
  limits: Pick<Limits, 'login'>
  trustedDeviceTokens: Pick<TrustedDeviceTokens, 'parse'>
  advance: Advance
  /** Whether users must verify their address before they can sign in. */
  verifiedOnly: boolean
}

// Every failed login gets this text, so that it tells nothing. A registration whose link was not opened has no account yet.
const unverifiedOrWrong = {
  detail:
    'Email or password is wrong, or the address is not verified yet. Open the link in the mail that we sent you, or register again.',
}

/**
 * A new session, or what the user owes before one begins. Ends in `invalid_credentials`, in `rate_limited` before the password is checked, or in `overloaded`. Ends in
 * `account_disabled` or `email_not_verified` only if the password is right.
 */
export type Login = (credentials: { email: string; password: string }, client: Client) => Promise<SigninResult>

export function createLogin(dependencies: Dependencies): Login {
  const { accounts, hashing, audit, limits, trustedDeviceTokens, advance, verifiedOnly } = dependencies

  return async function login({ email, password }, client) {
    const { context } = client
    const key = emailKey(email)
    const device = trustedDeviceTokens.parse(client.device)
    const requester = { address: clientAddress(context.ip), account: key, trusted: device !== undefined }
    // The account of the device is not known yet. The lane is chosen again below.
    return hashing.withPlace(requester, async (place) => {
      // The account is read when it is first needed, so that a refused guess costs no query.
      let found: ReturnType<AccountStore['findByEmailKey']> | undefined
      const find = () => (found ??= accounts.findByEmailKey(key))
      const trusted = device && device.userId === (await find())?.id ? device : undefined
      const passwords = hashing.of({ ...requester, trusted: trusted !== undefined }, place)
      const { matches, renewed } = await limits.login(
        { emailKey: key, ip: context.ip, device: trusted },
        async () => passwords.check(password, (await find())?.passwordHash, (await find())?.id),
        async (by) => audit.record({ type: 'login_refused', subjectId: (await find())?.id, context, detail: { by } }),
      )
      const account = await find()
      const unverified = verifiedOnly && account?.emailVerifiedAt === null
      if (!account || !matches || account.disabledAt || unverified) {
        await audit.record({ type: 'login_failed', subjectId: account?.id, context })
        if (!account || !matches) throw new AppError('invalid_credentials', verifiedOnly ? unverifiedOrWrong : {})
        throw new AppError(account.disabledAt ? 'account_disabled' : 'email_not_verified')
      }
      if (renewed !== undefined) await accounts.renewPasswordHash(account.id, account.passwordHash, renewed)
      return advance({ goal: 'session', client, amr: [] }, { account, amr: ['pwd'] })
    })
  }
}
