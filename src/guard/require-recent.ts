/** Step-up: a route may require a recent login (RFC 9470). The time of the login is the `auth_time` of the token. */
import { AppError } from '../errors.ts'
import type { Principal } from '../tokens/principal.ts'

/**
 * Returns a check that throws `reauthentication_required` if the login is older than `maxAgeSeconds`; undefined allows any
 * age. The token decides and not the session: when a user enters the password again, a thief with an older token must not
 * profit. `clock` returns milliseconds since 1970.
 */
export const createRequireRecent =
  (clock: () => number) =>
  ({ authTime }: Principal, maxAgeSeconds: number | undefined): void => {
    if (maxAgeSeconds === undefined) return
    // Written as `<=`, so that the check fails if one of the values is NaN.
    if (clock() / 1000 - authTime <= maxAgeSeconds) return
    throw new AppError('reauthentication_required', { maxAgeSeconds })
  }
