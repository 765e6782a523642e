/**
 * The access token: a JWT in the RFC 9068 profile, at most 1 KiB, written in exactly one way.
 * Because there is one way, whoever verifies may compare bytes where others have to interpret them.
 */
import { type KeyObject, sign } from 'node:crypto'
import { z } from 'zod'
import { StartError } from '../config/start-error.ts'
import { nonce } from './nonce.ts'

export const maxTokenBytes = 1024
/** What a person's roles may add to a token, as JSON without the brackets; the database holds the same bound. */
export const maxRolesBytes = 102

/** What the column that counts them can hold. */
const maxTokenVersion = 2 ** 31 - 1

/** The only client of this server, as far as RFC 9068 asks: the team's own apps. */
export const clientId = 'first-party'

// RFC 9562, and in lower case: as Postgres and this server write them.
const uuid = z.string().regex(/^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
const seconds = z
  .int()
  .min(0)
  .max(2 ** 40)

/** Claims that every access token carries, by type. Members not listed are passed over (RFC 7519 §4). */
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
  roles: z.array(z.string()),
  /** Token version of the user when the token was made. */
  tv: z.int().min(0).max(maxTokenVersion),
  scope: z.string().optional(),
  cnf: z.record(z.string(), z.unknown()).optional(),
})
export type AccessTokenClaims = z.infer<typeof accessTokenClaims>

export type SigningAlg = 'ES256' | 'EdDSA' | 'RS256'
export type SigningKey = { readonly kid: string; readonly alg: SigningAlg; readonly privateKey: KeyObject }
export type VerificationKey = { readonly kid: string; readonly alg: SigningAlg; readonly publicKey: KeyObject }

/** Whom a token speaks for and since when. Times in seconds since 1970. */
export type Subject = {
  readonly userId: string
  readonly sessionId: string
  readonly roles: readonly string[]
  readonly tokenVersion: number
  readonly authTime: number
  readonly amr: readonly string[]
}

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

/** What this server signs, each by its own `typ` so that none can stand in for another (RFC 8725 §3.11). */
export type SignedType = 'at+jwt' | 'revocations+jwt'

/** The one header that what a key signs has; RFC 9068 §2.1 for access tokens. */
export const headerFor = (key: { alg: SigningAlg; kid: string }, typ: SignedType = 'at+jwt') =>
  encode({ alg: key.alg, typ, kid: key.kid })

/** The payload segment as this server writes these claims. */
export const encodeClaims = (claims: unknown) => encode(claims)

/** Signs any claims; no rule is checked here. RFC 7515 §3.1, and RFC 7518 §3.4 for ES256's two-integer signature. */
export function signClaims(claims: object, key: SigningKey, typ: SignedType = 'at+jwt'): string {
  const input = `${headerFor(key, typ)}.${encodeClaims(claims)}`
  const digest = key.alg === 'EdDSA' ? null : 'sha256'
  const signature = sign(digest, Buffer.from(input), { key: key.privateKey, dsaEncoding: 'ieee-p1363' })
  return `${input}.${signature.toString('base64url')}`
}

type Options = {
  issuer: string
  audience: string
  lifeSeconds: number
  /** The key that signs now. */
  signingKey: () => SigningKey
  /** Milliseconds since 1970. */
  clock: () => number
}

/**
 * Makes access tokens. Throws at once where issuer and audience leave no room for the longest roles, so that no
 * login can fail on the 1 KiB ceiling later.
 */
export function createAccessTokens({ issuer, audience, lifeSeconds, signingKey, clock }: Options) {
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
      roles: [...subject.roles],
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
    /** A token and its life in seconds, which never exceeds what is left of the session. */
    issue(subject: Subject, sessionSecondsLeft: number) {
      const expiresIn = Math.min(lifeSeconds, sessionSecondsLeft)
      return { token: build(subject, expiresIn), expiresIn }
    },
  }
}

export type AccessTokens = ReturnType<typeof createAccessTokens>
