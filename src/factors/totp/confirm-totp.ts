/** Ends to add an authenticator app: its first code shows that it has the secret. */
import type { Account } from '../../accounts/account-store.ts'
import { AppError } from '../../errors.ts'
import type { RequestContext } from '../../http/request-context.ts'
import type { Outbox } from '../../mail/outbox.ts'
import type { RevocationFollower } from '../../revocations/follow-revocations.ts'
import { type FactorAdded, toFactor } from '../factor.ts'
import type { FactorHolder } from '../factor-change-store.ts'
import type { FactorMails } from '../factor-mails.ts'
import { newRecoveryCodes } from '../recovery-codes/recovery-code.ts'
import { stepOf } from './one-time-password.ts'
import type { TotpSeal } from './seal-totp.ts'
import type { TotpStore, UsedCode } from './totp-store.ts'

type Dependencies = {
  totps: Pick<TotpStore, 'findUnconfirmed' | 'confirm'>
  seal: Pick<TotpSeal, 'open'>
  outbox: Pick<Outbox, 'seal' | 'posted'>
  mails: Pick<FactorMails, 'added'>
  revocations: Pick<RevocationFollower, 'denyUser'>
  /** Milliseconds since 1970. */
  clock: () => number
}

type Confirmation = {
  /** The id of the app. Undefined for the one that waits to be confirmed. */
  readonly id?: string | undefined
  readonly code: string
}
/** The answer, the account after the change, and the methods of the proof. */
type Confirmed = { readonly added: FactorAdded; readonly account: Account; readonly amr: readonly string[] }

/**
 * The app is a factor of the user, and the code is used up. Access tokens of the user from before are revoked. Ends in `invalid_code` if the
 * code is wrong, in `not_found` if no such app waits to be confirmed, and else as BeginTotp does.
 */
export type ConfirmTotp = (
  account: Pick<Account, 'id' | 'email'>,
  by: FactorHolder,
  confirmation: Confirmation,
  context: RequestContext,
) => Promise<Confirmed>

export function createConfirmTotp(dependencies: Dependencies): ConfirmTotp {
  const { totps, seal, outbox, mails, revocations, clock } = dependencies

  async function find(userId: string, { id, code }: Confirmation): Promise<UsedCode> {
    const waiting = await totps.findUnconfirmed(userId)
    if (!waiting || (id !== undefined && waiting.id !== id)) throw new AppError('not_found')
    const opened = await seal.open(waiting.sealed)
    const step = opened && stepOf(opened.secret, code, { now: clock(), after: undefined })
    if (step !== undefined) return { id: waiting.id, step, resealed: opened?.resealed }
    const detail = 'This code is wrong. If the time of your device is right, enter the next code.'
    throw new AppError('invalid_code', { detail })
  }

  return async function confirmTotp({ id: userId, email }, by, confirmation, context) {
    const used = await find(userId, confirmation)
    const { codes, hashes } = newRecoveryCodes()
    const mail = email === null ? undefined : await outbox.seal(mails.added(email, 'totp'), userId)
    const confirmed = await totps.confirm({ ...used, hashes, change: { by, context, mail } })
    if (!confirmed) throw new AppError('not_found')
    outbox.posted()
    const { factor, account, gotCodes } = confirmed
    revocations.denyUser(userId, account.tokenVersion)
    return {
      added: { factor: toFactor(factor), ...(gotCodes ? { recovery_codes: [...codes] } : {}) },
      account,
      amr: ['otp'],
    }
  }
}
