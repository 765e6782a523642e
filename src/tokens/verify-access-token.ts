/**
 * Verifies access tokens (RFC 9068 §4, RFC 8725). No other code trusts a token. It reads only the token, the public keys and a clock. Every
 * failure is `invalid_token` or `token_expired`, and only the log tells more.
 */
import { AppError } from '../errors.ts'
import { acrOf } from './acr.ts'
import { isCanonical } from './base64url.ts'
import { type AccessTokenClaims, accessTokenClaims, encodeClaims, maxTokenBytes } from './claims.ts'
import type { Principal } from './principal.ts'
import { type RefusalText, TokenRefusal } from './refusal.ts'
import type { SignatureCheck, SignatureChecks } from './signature.ts'

// The clocks of two nodes may differ by this much, so `iat` and `nbf` may lie in the future. `exp` gets no such tolerance: a client refreshes
// a token that is refused too early, but nobody would notice one that works for too long.
export const clockSkewSeconds = 5

type Dependencies = {
  issuer: string
  audience: string
  signatureChecks: SignatureChecks
  /** Milliseconds since 1970. */
  clock: () => number
  /** By how many seconds the clock may be behind that of the issuer. */
  toleranceSeconds?: number
}

/** The principal of a valid token. Ends in `invalid_token` or `token_expired`. It is synchronous, so that password hashes on the thread pool cannot delay it. */
export type VerifyAccessToken = (token: string) => Principal

export function createVerifyAccessToken(dependencies: Dependencies): VerifyAccessToken {
  const { issuer, audience, signatureChecks, clock, toleranceSeconds = clockSkewSeconds } = dependencies
  return function verifyAccessToken(token) {
    if (token.length > maxTokenBytes) throw invalid('longer than any token of ours')
    const [header, payload, signature, ...more] = token.split('.')
    if (!header || !payload || !signature || more.length > 0) throw invalid('not three segments')
    const check = signatureChecks.get(header)
    if (!check) throw invalid('no key of ours has this header')
    if (!isCanonical(signature)) throw invalid('signature not canonical base64url')
    const claims = readClaims(check, token, payload)
    const now = clock() / 1000
    if (claims.iss !== issuer) throw invalid('issued by another')
    if (claims.aud !== audience) throw invalid('meant for another')
    // A key that leaked for a moment must not make tokens for years.
    if (claims.exp - claims.iat > check.tokenSeconds) throw invalid('lives longer than any token of its key')
    if (claims.exp <= now) throw invalid('expired')
    if (claims.iat > now + toleranceSeconds) throw invalid('issued in the future')
    if (claims.nbf !== undefined && claims.nbf > now + toleranceSeconds) throw invalid('not valid yet')
    return toPrincipal(claims, check.keyId)
  }
}

function readClaims(check: SignatureCheck, token: string, payload: string): AccessTokenClaims {
  let content: unknown
  try {
    content = check.payloadOf(token)
  } catch (cause) {
    throw invalid('bad signature', cause)
  }
  // This server never writes duplicate members, odd numbers, invalid UTF-8 or white space. Such a payload is refused even if it is signed.
  if (encodeClaims(content) !== payload) throw invalid('payload not in our form')
  const claims = accessTokenClaims.safeParse(content)
  if (!claims.success) throw invalid('a claim is missing or of the wrong type', claims.error)
  return claims.data
}

const invalid = (text: RefusalText, cause?: unknown) =>
  new AppError(text === 'expired' ? 'token_expired' : 'invalid_token', {
    cause: new TokenRefusal(text, cause === undefined ? {} : { cause }),
  })

const toPrincipal = (claims: AccessTokenClaims, keyId: string): Principal =>
  Object.freeze({
    userId: claims.sub,
    sessionId: claims.sid,
    tokenId: claims.jti,
    keyId,
    roles: Object.freeze(claims.roles ?? []),
    tokenVersion: claims.tv,
    authTime: claims.auth_time,
    amr: Object.freeze(claims.amr),
    acr: claims.acr ?? acrOf(claims.amr),
    issuedAt: claims.iat,
    expiresAt: claims.exp,
    scope: claims.scope,
  })
