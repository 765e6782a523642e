/** Tells access tokens, refresh tokens and other texts apart. It does no database work. */
import { AppError } from '../errors.ts'
import type { Principal } from '../tokens/principal.ts'
import type { RefreshToken, RefreshTokens } from '../tokens/refresh-token.ts'
import type { VerifyAccessToken } from '../tokens/verify-access-token.ts'

export type Recognised =
  | { readonly kind: 'access'; readonly principal: Principal }
  | { readonly kind: 'refresh'; readonly token: RefreshToken }

type Dependencies = { refreshTokens: Pick<RefreshTokens, 'parse'>; verifyAccessToken: VerifyAccessToken }

/**
 * The token, or undefined for other texts and for expired access tokens. The two kinds differ in form, so no hint is needed. A refresh token
 * of either mode is recognised.
 */
export type RecogniseToken = (text: string) => Recognised | undefined

export function createRecogniseToken({ refreshTokens, verifyAccessToken }: Dependencies): RecogniseToken {
  return function recogniseToken(text) {
    const token = refreshTokens.parse(text, 'bearer') ?? refreshTokens.parse(text, 'cookie')
    if (token) return { kind: 'refresh', token }
    try {
      return { kind: 'access', principal: verifyAccessToken(text) }
    } catch (error) {
      if (error instanceof AppError && ['invalid_token', 'token_expired'].includes(error.code)) return undefined
      throw error
    }
  }
}
