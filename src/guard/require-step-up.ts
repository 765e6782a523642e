/**
 * Step-up: a route may require a recent sign-in, or one with two factors (RFC 9470). The token tells, by `auth_time` and `acr`.
 */
import { AppError } from '../errors.ts'
import { twoFactors } from '../tokens/acr.ts'
import type { Principal } from '../tokens/principal.ts'

export type Factors = 1 | 2
export type StepUp = {
  /** The greatest age of the sign-in. Default: any age. */
  readonly maxAgeSeconds?: number | undefined
  /** With 2, the user must have signed in with two factors. Default: 1. */
  readonly factors?: Factors | undefined
}

/**
 * Returns a check that throws `reauthentication_required` if the sign-in is older than `maxAgeSeconds`, and `second_factor_required` if it
 * has fewer factors. Both errors name everything that is required, so that one new sign-in satisfies it. The token decides and not the
 * session: when a user proves a factor again, a thief with an older token must not profit. `clock` returns milliseconds since 1970.
 */
export const createRequireStepUp =
  (clock: () => number) =>
  ({ authTime, acr }: Principal, { maxAgeSeconds, factors = 1 }: StepUp): void => {
    // Written with `<=`, so that the check fails if one of the values is NaN.
    const isRecent = maxAgeSeconds === undefined || clock() / 1000 - authTime <= maxAgeSeconds
    // Any other number, from a service without types, is never satisfied.
    const isStrong = factors === 1 || (factors === 2 && acr === twoFactors)
    if (isRecent && isStrong) return
    throw new AppError(isRecent ? 'second_factor_required' : 'reauthentication_required', {
      ...(maxAgeSeconds === undefined ? {} : { maxAgeSeconds }),
      ...(factors === 1 ? {} : { acrValues: twoFactors }),
    })
  }
