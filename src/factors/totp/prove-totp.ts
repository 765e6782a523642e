/** Checks the code of an authenticator app, in a sign-in or when a signed-in user signs in again. */
import type { Account } from '../../accounts/account-store.ts'
import type { Proof } from '../../signin/attempt.ts'
import { stepOf } from './one-time-password.ts'
import type { TotpSeal } from './seal-totp.ts'
import type { TotpStore } from './totp-store.ts'

type Dependencies = {
  totps: Pick<TotpStore, 'findConfirmed' | 'use'>
  seal: Pick<TotpSeal, 'open'>
  /** Milliseconds since 1970. */
  clock: () => number
}

/** The proof, or undefined if the code fits no app of the user or was used. The proof uses it up. */
export type ProveTotp = (account: Account, code: string) => Promise<Proof | undefined>

export function createProveTotp({ totps, seal, clock }: Dependencies): ProveTotp {
  return async function proveTotp(account, code) {
    for (const { id, sealed, lastStep } of await totps.findConfirmed(account.id)) {
      const opened = await seal.open(sealed)
      const step = opened && stepOf(opened.secret, code, { now: clock(), after: lastStep })
      if (step !== undefined)
        return { account, amr: ['otp'], consumes: totps.use({ id, step, resealed: opened?.resealed }) }
    }
    return undefined
  }
}
