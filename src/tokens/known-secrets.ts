/** Keeps a node that may lack a server secret from refusing a token that another node made a moment ago. */
import { AppError } from '../errors.ts'
import type { RefreshTokens } from './refresh-token.ts'

/** The same, but an unknown token ends in `not_ready` (503) while this node may lack a secret. */
export const withKnownSecrets = (refreshTokens: RefreshTokens, knowsSecrets: () => boolean): RefreshTokens => ({
  ...refreshTokens,
  parse: (text, mode) => {
    const token = refreshTokens.parse(text, mode)
    if (token || knowsSecrets()) return token
    throw new AppError('not_ready', { retryAfterSeconds: 1 })
  },
})
