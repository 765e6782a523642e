/** Adds an authenticator app during the sign-in of a user who must have a second factor and has none. */
import { AppError } from '../../errors.ts'
import type { TokenPair } from '../../sessions/token-pair.ts'
import type { Client } from '../../signin/attempt.ts'
import type { OpenEnrolment } from '../open-enrolment.ts'
import type { BeginTotp } from './begin-totp.ts'
import type { ConfirmTotp } from './confirm-totp.ts'
import type { TotpBegun } from './totp.ts'

type Dependencies = {
  openEnrolment: OpenEnrolment
  beginTotp: BeginTotp
  confirmTotp: ConfirmTotp
}

export type TotpAtSignin = {
  /** Ends in `attempt_ended` if the attempt is over, or if the user need not add a factor. */
  readonly begin: (attempt: string, client: Client) => Promise<TotpBegun>
  /** The tokens of the new session, with the recovery codes. Ends in `invalid_code`, in `not_found` before `begin`, or in `attempt_ended`. */
  readonly confirm: (given: { attempt: string; code: string }, client: Client) => Promise<TokenPair>
}

export function createTotpAtSignin({ openEnrolment, beginTotp, confirmTotp }: Dependencies): TotpAtSignin {
  return {
    async begin(token, client) {
      const { account, by } = await openEnrolment(token, 'totp', client)
      return beginTotp(account, by)
    },

    async confirm({ attempt: token, code }, client) {
      const enrolment = await openEnrolment(token, 'totp', client, { counts: true })
      const { added, account, amr } = await confirmTotp(enrolment.account, enrolment.by, { code }, client.context)
      const result = await enrolment.goOn(account, amr)
      if (result.status !== 'signed_in') throw new AppError('attempt_ended')
      return { ...result.pair, ...(added.recovery_codes ? { recovery_codes: added.recovery_codes } : {}) }
    },
  }
}
