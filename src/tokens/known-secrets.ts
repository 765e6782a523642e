/** Keeps a node that may lack a server secret from calling a token forged that others made a moment ago. */
import { AppError } from '../errors.ts'
import type { RefreshTokens } from './refresh-token.ts'

/** The same, but what is not recognised ends in `not_ready` (503) while not every secret may be known here. */
export const withKnownSecrets = (refreshTokens: RefreshTokens, knowsSecrets: () => boolean): RefreshTokens => ({
  ...refreshTokens,
  parse: (text, mode) => {
    const token = refreshTokens.parse(text, mode)
    if (token || knowsSecrets()) return token
    throw new AppError('not_ready', { retryAfterSeconds: 1 })
  },
})
