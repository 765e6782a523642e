/**
 * Makes access tokens. claims.ts says what they are.
 */
import { type KeyObject, sign } from 'node:crypto'
import { StartError } from '../config/start-error.ts'
import { acrOf } from './acr.ts'
import {
  type AccessTokenClaims,
  encodeClaims,
  headerFor,
  type KeyFacts,
  maxRolesBytes,
  maxTokenBytes,
  maxTokenVersion,
  type SignedType,
  type SigningAlg,
} from './claims.ts'
import { nonce } from './nonce.ts'

/** RFC 9068 requires a client id. The team's own apps are the only client. */
export const clientId = 'first-party'

export type SigningKey = { readonly kid: string; readonly alg: SigningAlg; readonly privateKey: KeyObject }
export type VerificationKey = KeyFacts & { readonly publicKey: KeyObject }

/** The user and the session of a token. Times in seconds since 1970. */
export type Subject = {
  readonly userId: string
  readonly sessionId: string
  readonly roles: readonly string[]
  readonly tokenVersion: number
  readonly authTime: number
  readonly amr: readonly string[]
}

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

/** Throws a StartError if issuer and audience leave no room for the longest roles, so that no login fails on the bound of 1.5 KiB later. */
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
      acr: acrOf(subject.amr),
      ...(subject.roles.length === 0 ? {} : { roles: [...subject.roles] }),
      tv: subject.tokenVersion,
    }
    return signClaims(claims, signingKey())
  }

  const id = '00000000-0000-0000-0000-000000000000'
  // A session that was renewed with other methods has the methods of all its sign-ins.
  const amr = ['pwd', 'otp', 'email', 'hwk', 'swk', 'mfa']
  const widest = { userId: id, sessionId: id, authTime: 2 ** 32, amr, tokenVersion: maxTokenVersion }
  const longest = build({ ...widest, roles: ['x'.repeat(maxRolesBytes - 2)] }, lifeSeconds).length
  if (longest > maxTokenBytes) {
    const over = Math.ceil(((longest - maxTokenBytes) * 3) / 4)
    throw new StartError(
      `PUBLIC_URL and AUDIENCE are together ${over} characters too long for access tokens of 1.5 KiB`,
    )
  }

  return {
    issue(subject, sessionSecondsLeft) {
      const expiresIn = Math.min(lifeSeconds, sessionSecondsLeft)
      return { token: build(subject, expiresIn), expiresIn }
    },
  }
}
