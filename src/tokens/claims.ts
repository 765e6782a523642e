/**
 * The form of an access token: a JWT in the RFC 9068 profile, at most 1.5 KiB. The server writes it in exactly one form, so a verifier can
 * compare bytes where it would otherwise have to interpret them. access-token.ts makes the tokens. This file runs without Node.
 */
import { z } from 'zod'
import { textToBase64url } from './base64url.ts'

export const maxTokenBytes = 1536
/** The most bytes of a user's roles in a token, as JSON without the brackets. The database has the same bound. */
export const maxRolesBytes = 102

/** The largest value of the database column. */
export const maxTokenVersion = 2 ** 31 - 1

// RFC 9562, in lower case, as Postgres and this server write it.
const uuid = z.string().regex(/^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
const seconds = z
  .int()
  .min(0)
  .max(2 ** 40)

/** The claims of an access token. Other claims are ignored (RFC 7519 §4). */
export const accessTokenClaims = z.object({
  iss: z.string(),
  aud: z.string(),
  sub: uuid,
  sid: uuid,
  client_id: z.string(),
  jti: z.string().min(1),
  iat: seconds,
  exp: seconds,
  nbf: seconds.optional(),
  auth_time: seconds,
  amr: z.array(z.string()),
  /** Absent in tokens of a server that did not have it. A newer server may have other values. */
  acr: z.string().optional(),
  /** Absent if the user has none. Some verifiers refuse a claim that is empty. */
  roles: z.array(z.string()).optional(),
  /** The token version of the user when the token was issued. */
  tv: z.int().min(0).max(maxTokenVersion),
  scope: z.string().optional(),
  cnf: z.record(z.string(), z.unknown()).optional(),
})
export type AccessTokenClaims = z.infer<typeof accessTokenClaims>

export type SigningAlg = 'ES256' | 'EdDSA' | 'RS256'

/** No server gives a token a longer life. ACCESS_TOKEN_SECONDS has this bound too. */
export const longestTokenSeconds = 3600

/** What a verifier knows of a key, beside the key itself. */
export type KeyFacts = {
  readonly kid: string
  readonly alg: SigningAlg
  /** The longest life that a token of this key may have. If it is absent, it is `longestTokenSeconds`. */
  readonly tokenSeconds?: number
}

const encode = (value: unknown) => textToBase64url(JSON.stringify(value))

/** The types of signed documents. Each has its own `typ`, so that none can stand in for another (RFC 8725 §3.11). */
export type SignedType = 'at+jwt' | 'revocations+jwt'

/** The only header that a document signed by this key has (RFC 9068 §2.1 for access tokens). */
export const headerFor = (key: { alg: SigningAlg; kid: string }, typ: SignedType = 'at+jwt') =>
  encode({ alg: key.alg, typ, kid: key.kid })

/** The payload segment of these claims, in the form that this server writes. */
export const encodeClaims = (claims: unknown) => encode(claims)
