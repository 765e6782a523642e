/**
 * The refresh token: `cs1.<session id>.<generation>.<secret>.<tag>`.
 * The tag proves that this server made the token, and for which mode, before any database work. The successor of a
 * token is derived from its secret and a stored salt, so a repeated request gets the same answer although the database
 * holds only hashes.
 */
import { createHmac, createSecretKey, hash, type KeyObject, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Mode } from '../http/mode.ts'
import { deriveKeys } from '../secrets/derive-keys.ts'
import { nonce } from './nonce.ts'

export type RefreshToken = {
  readonly mode: Mode
  readonly sessionId: string
  readonly generation: number
  readonly secret: Buffer
}

type Proposed = { readonly secret: Buffer; readonly stored: { readonly salt: Buffer; readonly hash: Buffer } }

const shape = /^cs1\.([A-Za-z0-9_-]{22})\.(0|[1-9][0-9]{0,8})\.([A-Za-z0-9_-]{43})\.([A-Za-z0-9_-]{22})$/
const tagBytes = 16

// Given as bytes, a key is imported for each HMAC anew: five times the work, and a refresh needs three.
const prepare = (keys: readonly Buffer[]): readonly KeyObject[] => keys.map((key) => createSecretKey(key))

const hmac = (key: KeyObject, ...parts: (Buffer | string)[]) =>
  parts.reduce((mac, part) => mac.update(part), createHmac('sha256', key)).digest()

/** SHA-256 of a token's secret: the only form of it that is stored. */
export const hashSecret = (secret: Buffer) => hash('sha256', secret, 'buffer')

/**
 * Works with one or more server secrets, newest first: each recognises the tokens it made, and the one in force, counted
 * from the newest, makes them.
 */
export function createRefreshTokens(serverSecrets: readonly string[], secretInForce: () => number = () => 0) {
  const tagKeys = prepare(deriveKeys(serverSecrets, 'refresh-token-tag'))
  const successorKeys = prepare(deriveKeys(serverSecrets, 'refresh-token-successor'))
  const inForce = (keys: readonly KeyObject[]): KeyObject => {
    const key = keys[secretInForce()]
    if (!key) throw new Error('the server secret in force is not in the list')
    return key
  }

  const write = ({ mode, sessionId, generation, secret }: RefreshToken, tagKey: KeyObject) => {
    const body = `cs1.${uuidToText(sessionId)}.${generation}.${secret.toString('base64url')}`
    return `${body}.${tag(mode, body, tagKey)}`
  }

  return {
    /** A fresh random secret for a session's first token. */
    newSecret: () => randomBytes(32),

    /** The text a client holds. */
    format: (token: RefreshToken) => write(token, inForce(tagKeys)),

    /** The token, or undefined where the text is not one this server made for this mode. Touches no database. */
    parse(text: string, mode: Mode): RefreshToken | undefined {
      const [, id, generation, secret, given] = shape.exec(text) ?? []
      if (!id || !generation || !secret || !given) return undefined
      const body = text.slice(0, text.lastIndexOf('.'))
      // As text: the last character has bits to spare, so several texts would be the same bytes.
      const presented = Buffer.from(given)
      if (!tagKeys.some((key) => timingSafeEqual(Buffer.from(tag(mode, body, key)), presented))) return undefined
      return {
        mode,
        sessionId: textToUuid(id),
        generation: Number(generation),
        secret: Buffer.from(secret, 'base64url'),
      }
    },

    /** A candidate to follow the presented secret: its salt and hash are stored, the secret itself never is. */
    propose(presented: Buffer): Proposed {
      const salt = nonce()
      const secret = hmac(inForce(successorKeys), presented, salt)
      return { secret, stored: { salt, hash: hashSecret(secret) } }
    },

    /**
     * The text of the successor whose salt and hash are stored. While a server secret is being replaced, the node
     * that made it may have used another one: the one whose result has that hash is the one. Undefined where none has:
     * another node uses a secret that this one was not given. What has just been proposed need not be derived again.
     */
    successor(
      presented: RefreshToken,
      stored: { generation: number; salt: Buffer; hash: Buffer },
      proposed?: Proposed,
    ): string | undefined {
      const { generation } = stored
      if (proposed?.stored.hash.equals(stored.hash)) {
        return write({ ...presented, generation, secret: proposed.secret }, inForce(tagKeys))
      }
      for (const [i, key] of successorKeys.entries()) {
        const secret = hmac(key, presented.secret, stored.salt)
        const tagKey = tagKeys[i]
        if (!tagKey || !hashSecret(secret).equals(stored.hash)) continue
        return write({ ...presented, generation, secret }, tagKey)
      }
      return undefined
    },
  }
}

export type RefreshTokens = ReturnType<typeof createRefreshTokens>

const tag = (mode: Mode, body: string, key: KeyObject) =>
  hmac(key, `${mode}:${body}`).subarray(0, tagBytes).toString('base64url')

const uuidToText = (uuid: string) => Buffer.from(uuid.replaceAll('-', ''), 'hex').toString('base64url')

const textToUuid = (text: string) =>
  Buffer.from(text, 'base64url')
    .toString('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
