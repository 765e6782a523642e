/** The answer to a login or a refresh. */
import { z } from 'zod'
import { toUser, user } from '../accounts/account.ts'
import type { Mode } from '../http/mode.ts'
import { discriminatedBy } from '../http/openapi/discriminator.ts'
import type { AccessTokens } from '../tokens/access-token.ts'
import { hashSecret, type RefreshTokens, refreshTokenExample } from '../tokens/refresh-token.ts'
import type { LiveSession, RenewedSession } from './session-store.ts'

// In the form of a token, with a text in the place of the signature.
const accessTokenExample =
  'eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCIsImtpZCI6ImFuLWV4YW1wbGUifQ.eyJpc3MiOiJodHRwczovL2F1dGguZXhhbXBsZS5jb20iLCJzdWIiOiIwMTkwYTViNi03YzNkLTdlNGYtOGExYi0yYzNkNGU1ZjYwNzEiLCJleHAiOjE3NzM0ODE2MTN9.YSBzaWduYXR1cmUgb2YgYW4gZXhhbXBsZSBoYXMgc2l4dHktZm91ciBieXRlcywgYXMgaGVyZTogMDAwMDAwMDA'

/** The members by which a client tells the answers of a sign-in apart. */
const signedInIn = <M extends Mode>(mode: M) => ({ status: z.literal('signed_in'), mode: z.literal(mode) })

const tokenPair = z
  .strictObject({
    ...signedInIn('bearer'),
    access_token: z
      .string()
      .describe('JWT (RFC 9068). Send it as `Authorization: Bearer …`.')
      .meta({ examples: [accessTokenExample] }),
    token_type: z.literal('Bearer'),
    expires_in: z
      .int()
      .min(1)
      .max(3600)
      .describe('Seconds until the access token expires.')
      .meta({ examples: [600] }),
    refresh_token: z
      .string()
      .describe('Valid for one refresh. Keep it where other apps cannot read it.')
      .meta({ examples: [refreshTokenExample] }),
    refresh_expires_in: z
      .int()
      .min(1)
      .max(2 ** 31 - 1)
      .describe('Seconds until the session expires unless it is refreshed.')
      .meta({ examples: [2_592_000] }),
    session_id: z.uuid().meta({ examples: ['0190a5b6-8d4e-7f50-9b2c-3d4e5f607182'] }),
    device_token: z
      .string()
      .optional()
      .describe('After a login. Keep it when you log out, and send it with the next login: it marks a trusted device.')
      .meta({ examples: ['cd1.AZCltnw9fk-KGyw9Tl9gcQ.a-tag-of-forty-three-characters-in-base64url'] }),
    verification_id: z
      .string()
      .optional()
      .describe('After a registration. Send it with the code in the mail, instead of the token of the link.'),
    recovery_codes: z
      .array(z.string())
      .optional()
      .describe('After a sign-in that added the first factor: the recovery codes of the user, shown once.')
      .meta({ examples: [['ABCDEF-GHJKLM-NPQRST-UVWXYZ']] }),
    user,
  })
  .meta({ id: 'TokenPair', description: 'An access token and the refresh token that follows it.' })
/** The tokens, before it is decided how the client gets them. */
export type TokenPair = Omit<z.infer<typeof tokenPair>, 'status' | 'mode'> & { readonly remembered: boolean }

const cookieSession = tokenPair
  .omit({ access_token: true, token_type: true, refresh_token: true, device_token: true })
  .extend(signedInIn('cookie'))
  .meta({ id: 'CookieSession', description: 'In cookie mode the tokens are in cookies, and not in the body.' })

/** The answer of every route that issues tokens. `mode` tells which one it is. */
export const signedIn = z.discriminatedUnion('mode', [tokenPair, cookieSession]).meta({
  id: 'SignedIn',
  description: 'The user is signed in. In cookie mode the tokens are in cookies.',
  discriminator: discriminatedBy('mode', { bearer: 'TokenPair', cookie: 'CookieSession' }),
})

/** Issues an access token for a live session, and returns it with the refresh token. */
export type TokenPairs = (sessionId: string, session: LiveSession, refreshToken: string) => TokenPair

export function createTokenPairs(accessTokens: AccessTokens): TokenPairs {
  return function tokenPairFor(sessionId, session, refreshToken) {
    const { account, amr, authTime, secondsLeft, remembered } = session
    const { id: userId, roles, tokenVersion } = account
    const access = accessTokens.issue({ userId, sessionId, roles, tokenVersion, authTime, amr }, secondsLeft)
    return {
      access_token: access.token,
      token_type: 'Bearer',
      expires_in: access.expiresIn,
      refresh_token: refreshToken,
      refresh_expires_in: secondsLeft,
      session_id: sessionId,
      user: toUser(account),
      remembered,
    }
  }
}

/** The beginning of a new line of refresh tokens. The hash is stored, and the pair follows once it is. */
export type NewLine = {
  /** SHA-256 of the secret of the first refresh token. */
  readonly headHash: Buffer
  readonly pairOf: (sessionId: string, session: RenewedSession) => TokenPair
}

/** Begins a line with a new random secret. */
export type NewLines = () => NewLine

export function createNewLines(refreshTokens: RefreshTokens, tokenPairFor: TokenPairs): NewLines {
  return function newLine() {
    const secret = refreshTokens.newSecret()
    return {
      headHash: hashSecret(secret),
      pairOf(sessionId, session) {
        const { mode, generation } = session
        return tokenPairFor(sessionId, session, refreshTokens.format({ mode, sessionId, generation, secret }))
      },
    }
  }
}
