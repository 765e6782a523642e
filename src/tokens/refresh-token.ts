/**
 * The refresh token: `cs1.<session id>.<generation>.<secret>.<tag>`. The tag proves, without any database work, that this server made the
 * token and for which mode. The successor of a token is derived from its secret and a stored salt. So a repeated request gets the same
 * successor, although the database holds only hashes.
 */
import { createHmac, hash, type KeyObject, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Mode } from '../http/mode.ts'
import { type ServerSecrets, secretKeys } from '../secrets/server-secrets.ts'
import { nonce } from './nonce.ts'

/** For the document of the API: the form of a token, with texts in the place of its secret and its tag. */
export const refreshTokenExample = 'cs1.AZCltnw9fk-KGyw9Tl9gcQ.0.a-secret-of-forty-three-characters-in-base64.a-tag'

export type RefreshToken = {
  readonly mode: Mode
  readonly sessionId: string
  readonly generation: number
  readonly secret: Buffer
}

/** A candidate for the next token. Only its salt and hash are stored. */
type Proposed = { readonly secret: Buffer; readonly stored: { readonly salt: Buffer; readonly hash: Buffer } }

const shape = /^cs1\.([A-Za-z0-9_-]{22})\.(0|[1-9][0-9]{0,8})\.([A-Za-z0-9_-]{43})\.([A-Za-z0-9_-]{22})$/
const tagBytes = 16

// A key that is given as bytes is imported for each HMAC, which takes five times as long. A refresh computes three HMACs.
const hmac = (key: KeyObject, ...parts: (Buffer | string)[]) =>
  parts.reduce((mac, part) => mac.update(part), createHmac('sha256', key)).digest()

/** The SHA-256 of a secret. Only the hash is stored. */
export const hashSecret = (secret: Buffer): Buffer => hash('sha256', secret, 'buffer')

export type RefreshTokens = {
  /** A random secret of 256 bits for the first token of a session. */
  readonly newSecret: () => Buffer
  /** The text that a client holds. */
  readonly format: (token: RefreshToken) => string
  /** The token, or undefined if this server did not make the text for this mode. It does no database work. */
  readonly parse: (text: string, mode: Mode) => RefreshToken | undefined
  /** A candidate that follows the presented secret. Its salt and hash are stored, and its secret never is. */
  readonly propose: (presented: Buffer) => Proposed
  /**
   * The text of the stored successor. While a server secret is replaced, another node may have made it under another secret, so every known
   * secret is tried. Undefined if none of them fits: this node lacks the secret. A candidate that was just proposed is not derived again.
   */
  readonly successor: (
    presented: RefreshToken,
    stored: { generation: number; salt: Buffer; hash: Buffer },
    proposed?: Proposed,
  ) => string | undefined
}

export function createRefreshTokens(secrets: ServerSecrets): RefreshTokens {
  const tagKeys = secretKeys(secrets, 'refresh-token-tag')
  const successorKeys = secretKeys(secrets, 'refresh-token-successor')

  const write = ({ mode, sessionId, generation, secret }: RefreshToken, tagKey: KeyObject) => {
    const body = `cs1.${uuidToText(sessionId)}.${generation}.${secret.toString('base64url')}`
    return `${body}.${tag(mode, body, tagKey)}`
  }

  return {
    newSecret: () => randomBytes(32),

    format: (token) => write(token, tagKeys.inForce()),

    parse(text, mode) {
      const [, id, generation, secret, given] = shape.exec(text) ?? []
      if (!id || !generation || !secret || !given) return undefined
      const body = text.slice(0, text.lastIndexOf('.'))
      // The texts are compared, because the last character has unused bits: several texts would be the same bytes.
      const presented = Buffer.from(given)
      if (!tagKeys.all.some((key) => timingSafeEqual(Buffer.from(tag(mode, body, key)), presented))) return undefined
      return {
        mode,
        sessionId: textToUuid(id),
        generation: Number(generation),
        secret: Buffer.from(secret, 'base64url'),
      }
    },

    propose(presented) {
      const salt = nonce()
      const secret = hmac(successorKeys.inForce(), presented, salt)
      return { secret, stored: { salt, hash: hashSecret(secret) } }
    },

    successor(presented, stored, proposed) {
      const { generation } = stored
      if (proposed?.stored.hash.equals(stored.hash)) {
        return write({ ...presented, generation, secret: proposed.secret }, tagKeys.inForce())
      }
      for (const [i, key] of successorKeys.all.entries()) {
        const secret = hmac(key, presented.secret, stored.salt)
        const tagKey = tagKeys.all[i]
        if (!tagKey || !hashSecret(secret).equals(stored.hash)) continue
        return write({ ...presented, generation, secret }, tagKey)
      }
      return undefined
    },
  }
}

const tag = (mode: Mode, body: string, key: KeyObject) =>
  hmac(key, `${mode}:${body}`).subarray(0, tagBytes).toString('base64url')

const uuidToText = (uuid: string) => Buffer.from(uuid.replaceAll('-', ''), 'hex').toString('base64url')

const textToUuid = (text: string) =>
  Buffer.from(text, 'base64url')
    .toString('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
