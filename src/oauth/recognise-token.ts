/** Tells what a text is: one of this server's tokens, of either kind, or nothing of ours. Touches no database. */
import { AppError } from '../errors.ts'
import type { RefreshToken, RefreshTokens } from '../tokens/refresh-token.ts'
import type { Principal, VerifyAccessToken } from '../tokens/verify-access-token.ts'

export type Recognised =
  | { readonly kind: 'access'; readonly principal: Principal }
  | { readonly kind: 'refresh'; readonly token: RefreshToken }

type Dependencies = { refreshTokens: Pick<RefreshTokens, 'parse'>; verifyAccessToken: VerifyAccessToken }

/**
 * The two kinds differ in form, so a hint at which it is could only be wrong. Whoever holds a refresh token may show it
 * here in whichever mode it travels otherwise. Undefined for an access token that has expired.
 */
export function createRecogniseToken({ refreshTokens, verifyAccessToken }: Dependencies) {
  return function recogniseToken(text: string): Recognised | undefined {
    const token = refreshTokens.parse(text, 'bearer') ?? refreshTokens.parse(text, 'cookie')
    if (token) return { kind: 'refresh', token }
    try {
      return { kind: 'access', principal: verifyAccessToken(text) }
    } catch (error) {
      if (error instanceof AppError && error.code === 'invalid_token') return undefined
      throw error
    }
  }
}

export type RecogniseToken = ReturnType<typeof createRecogniseToken>
