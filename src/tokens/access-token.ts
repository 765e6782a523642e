/**
 * The access token: a JWT in the RFC 9068 profile, at most 1 KiB. The server writes it in exactly one form, so a verifier can compare bytes
 * where it would otherwise have to interpret them.
 */
import { type KeyObject, sign } from 'node:crypto'
import { z } from 'zod'
import { StartError } from '../config/start-error.ts'
import { nonce } from './nonce.ts'

export const maxTokenBytes = 1024
/** The most bytes of a user's roles in a token, as JSON without the brackets. The database has the same bound. */
export const maxRolesBytes = 102

/** The largest value of the database column. */
const maxTokenVersion = 2 ** 31 - 1

/** RFC 9068 requires a client id. The team's own apps are the only client. */
export const clientId = 'first-party'

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
  /** Absent if the user has none. Some verifiers refuse a claim that is empty. */
  roles: z.array(z.string()).optional(),
  /** The token version of the user when the token was issued. */
  tv: z.int().min(0).max(maxTokenVersion),
  scope: z.string().optional(),
  cnf: z.record(z.string(), z.unknown()).optional(),
})
export type AccessTokenClaims = z.infer<typeof accessTokenClaims>

export type SigningAlg = 'ES256' | 'EdDSA' | 'RS256'
export type SigningKey = { readonly kid: string; readonly alg: SigningAlg; readonly privateKey: KeyObject }
export type VerificationKey = {
  readonly kid: string
  readonly alg: SigningAlg
  readonly publicKey: KeyObject
  /** The longest life that a token of this key may have. If it is absent, it is `longestTokenSeconds`. */
  readonly tokenSeconds?: number
}

/** No server gives a token a longer life. ACCESS_TOKEN_SECONDS has this bound too. */
export const longestTokenSeconds = 3600

/** The user and the session of a token. Times in seconds since 1970. */
export type Subject = {
  readonly userId: string
  readonly sessionId: string
  readonly roles: readonly string[]
  readonly tokenVersion: number
  readonly authTime: number
  readonly amr: readonly string[]
}

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

/** The types of signed documents. Each has its own `typ`, so that none can stand in for another (RFC 8725 §3.11). */
export type SignedType = 'at+jwt' | 'revocations+jwt'

/** The only header that a document signed by this key has (RFC 9068 §2.1 for access tokens). */
export const headerFor = (key: { alg: SigningAlg; kid: string }, typ: SignedType = 'at+jwt') =>
  encode({ alg: key.alg, typ, kid: key.kid })

/** The payload segment of these claims, in the form that this server writes. */
export const encodeClaims = (claims: unknown) => encode(claims)

/** Signs any claims and checks none (RFC 7515 §3.1). ES256 signatures are two integers (RFC 7518 §3.4). */
export function signClaims(claims: object, key: SigningKey, typ: SignedType = 'at+jwt'): string {
  const input = `${headerFor(key, typ)}.${encodeClaims(claims)}`
  const digest = key.alg === 'EdDSA' ? null : 'sha256'
  const signature = sign(digest, Buffer.from(input), { key: key.privateKey, dsaEncoding: 'ieee-p1363' })
  return `${input}.${signature.toString('base64url')}`
}

type Dependencies = {
  issuer: string
  audience: string
  lifeSeconds: number
  /** The present signing key. */
  signingKey: () => SigningKey
  /** Milliseconds since 1970. */
  clock: () => number
}

export type AccessTokens = {
  /** A new token and its life in seconds. The life never exceeds the time that is left of the session. */
  readonly issue: (
    subject: Subject,
    sessionSecondsLeft: number,
  ) => { readonly token: string; readonly expiresIn: number }
}

/** Throws a StartError if issuer and audience leave no room for the longest roles, so that no login fails on the 1 KiB bound later. */
export function createAccessTokens({ issuer, audience, lifeSeconds, signingKey, clock }: Dependencies): AccessTokens {
  const build = (subject: Subject, life: number) => {
    const iat = Math.floor(clock() / 1000)
    const claims: AccessTokenClaims = {
      iss: issuer,
      aud: audience,
      sub: subject.userId,
      sid: subject.sessionId,
      client_id: clientId,
      jti: nonce().toString('base64url'),
      iat,
      exp: iat + life,
      auth_time: subject.authTime,
      amr: [...subject.amr],
      ...(subject.roles.length === 0 ? {} : { roles: [...subject.roles] }),
      tv: subject.tokenVersion,
    }
    return signClaims(claims, signingKey())
  }

  const id = '00000000-0000-0000-0000-000000000000'
  const widest = { userId: id, sessionId: id, authTime: 2 ** 32, amr: ['pwd', 'otp'], tokenVersion: maxTokenVersion }
  const longest = build({ ...widest, roles: ['x'.repeat(maxRolesBytes - 2)] }, lifeSeconds).length
  if (longest > maxTokenBytes) {
    const over = Math.ceil(((longest - maxTokenBytes) * 3) / 4)
    throw new StartError(`PUBLIC_URL and AUDIENCE are together ${over} characters too long for access tokens of 1 KiB`)
  }

  return {
    issue(subject, sessionSecondsLeft) {
      const expiresIn = Math.min(lifeSeconds, sessionSecondsLeft)
      return { token: build(subject, expiresIn), expiresIn }
    },
  }
}
