/** Begins to add an authenticator app: the app gets a secret, and the user confirms it with a code. */
import type { Account } from '../../accounts/account-store.ts'
import { uuid7 } from '../../database/uuid7.ts'
import type { FactorHolder } from '../factor-change-store.ts'
import { toBase32 } from './base32.ts'
import type { TotpSeal } from './seal-totp.ts'
import type { TotpBegun } from './totp.ts'
import { newTotpSecret, otpauthUri, qrCode } from './totp-secret.ts'
import type { TotpStore } from './totp-store.ts'

type Dependencies = {
  totps: Pick<TotpStore, 'begin'>
  seal: Pick<TotpSeal, 'seal'>
  /** The name of this service in the app. */
  issuer: string
}

/**
 * A new secret in the forms that apps take. It is shown this once, and takes the place of one that was not confirmed. Ends in
 * `too_many_apps`, and in `token_revoked` or `attempt_ended` if the session or the attempt is over.
 */
export type BeginTotp = (account: Pick<Account, 'email' | 'name'>, by: FactorHolder) => Promise<TotpBegun>

const usualName = 'Authenticator app'

export function createBeginTotp({ totps, seal, issuer }: Dependencies): BeginTotp {
  return async function beginTotp(account, by) {
    const id = uuid7()
    const secret = newTotpSecret()
    await totps.begin(by, { id, name: usualName, sealed: await seal.seal(secret) })
    const uri = otpauthUri(secret, { issuer, account: account.email ?? account.name ?? 'account' })
    return { id, secret: toBase32(secret), uri, qr_svg: qrCode(uri) }
  }
}
