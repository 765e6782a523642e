/** Logs a person in. An unknown email costs the same work as a wrong password, and reads the same. */
import type { AccountStore } from '../accounts/account-store.ts'
import type { AuditStore } from '../audit/audit-store.ts'
import { emailKey } from '../email-addresses/email.ts'
import { AppError } from '../errors.ts'
import type { Limits } from '../limits/limits.ts'
import type { PasswordHashes } from '../passwords/password-hash.ts'
import type { TokenPair } from '../sessions/token-pair.ts'
import type { TrustedDeviceTokens } from '../tokens/trusted-device-token.ts'
import type { Client, StartSession } from './start-session.ts'

type Dependencies = {
  accounts: AccountStore
  passwords: PasswordHashes
  audit: Pick<AuditStore, 'record'>
  limits: Pick<Limits, 'login'>
  trustedDeviceTokens: Pick<TrustedDeviceTokens, 'parse'>
  startSession: StartSession
  /** Whether nobody is let in before their address is proven. */
  verifiedOnly: boolean
}
// Said to everybody, so that it tells nothing: who has registered and not opened their link has no account.
const unprovenOrWrong = {
  detail:
    'Email or password is wrong, or the address is not proven yet: open the link in the mail we sent you, or register again.',
}

type Credentials = { email: string; password: string }

/**
 * A new session. Ends in `invalid_credentials`; only for who knows the password, in `account_disabled` or
 * `email_not_verified`; in `rate_limited`, before the password is looked at; or in `overloaded`.
 */
export function createLogin(given: Dependencies) {
  const { accounts, passwords, audit, limits, trustedDeviceTokens, startSession, verifiedOnly } = given

  return async function login({ email, password }: Credentials, client: Client): Promise<TokenPair> {
    passwords.requireRoom()
    const { context } = client
    const key = emailKey(email)
    // Not before it is needed: a guess that is refused costs no query.
    let looked: ReturnType<AccountStore['findByEmailKey']> | undefined
    const find = () => (looked ??= accounts.findByEmailKey(key))
    const device = trustedDeviceTokens.parse(client.device)
    const known = device && device.userId === (await find())?.id ? device : undefined
    const { matches, renewed } = await limits.login(
      { emailKey: key, ip: context.ip, device: known },
      async () => passwords.check(password, (await find())?.passwordHash),
      async (by) => audit.record({ type: 'login_refused', subjectId: (await find())?.id, context, detail: { by } }),
    )
    const account = await find()
    const unproven = verifiedOnly && account?.emailVerifiedAt === null
    if (!account || !matches || account.disabledAt || unproven) {
      await audit.record({ type: 'login_failed', subjectId: account?.id, context })
      if (!account || !matches) throw new AppError('invalid_credentials', verifiedOnly ? unprovenOrWrong : {})
      throw new AppError(account.disabledAt ? 'account_disabled' : 'email_not_verified')
    }
    if (renewed === undefined) return startSession(account, client)
    await accounts.renewPasswordHash(account.id, account.passwordHash, renewed)
    return startSession({ ...account, passwordHash: renewed }, client)
  }
}

export type Login = ReturnType<typeof createLogin>
