/** Step-up: asks how long ago the person proved who they are, by what their token says of it (RFC 9470). */
import { AppError } from '../errors.ts'
import type { Principal } from '../tokens/verify-access-token.ts'

/**
 * Ends in `reauthentication_required` where that is longer ago than `maxAgeSeconds`; undefined asks nothing. The token has
 * to say it: whoever holds one from before does not profit when the person enters the password again. `clock` in
 * milliseconds since 1970.
 */
export const createRequireRecent =
  (clock: () => number) =>
  ({ authTime }: Principal, maxAgeSeconds: number | undefined): void => {
    if (maxAgeSeconds === undefined) return
    // Not `age > maxAgeSeconds`: with an age that is no number, nobody passes.
    if (clock() / 1000 - authTime <= maxAgeSeconds) return
    throw new AppError('reauthentication_required', { maxAgeSeconds })
  }
