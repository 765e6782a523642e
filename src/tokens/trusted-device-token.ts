/**
 * The trusted device token: `cd1.<device id>.<user id>.<expiry>.<tag>`. It proves that a user has logged in to this account on this device.
 * It signs no one in. A login with it has its own budget of password guesses, so that strangers cannot lock the user out.
 */
import { createHmac, type KeyObject, randomBytes, timingSafeEqual } from 'node:crypto'
import { longestCookieSeconds } from '../http/browser/cookie-life.ts'
import { type ServerSecrets, secretKeys } from '../secrets/server-secrets.ts'

export type TrustedDevice = { readonly id: string; readonly userId: string }

/** How long a device stays trusted, in seconds: as long as a browser keeps the cookie. */
export const trustedDeviceSeconds = longestCookieSeconds

const shape = /^cd1\.([A-Za-z0-9_-]{22})\.([0-9a-f-]{36})\.([1-9]\d{9,10})\.([A-Za-z0-9_-]{22})$/

export type TrustedDeviceTokens = {
  /** A new token, for a known device or for a new one. */
  readonly issue: (userId: string, id?: string) => string
  /** The device of a token. Undefined if this server did not make the token, or if it has expired. */
  readonly parse: (text: string | undefined) => TrustedDevice | undefined
}

export function createTrustedDeviceTokens(secrets: ServerSecrets, clock: () => number): TrustedDeviceTokens {
  const keys = secretKeys(secrets, 'device-token')

  return {
    issue(userId, id = randomBytes(16).toString('base64url')) {
      const body = `cd1.${id}.${userId}.${Math.floor(clock() / 1000) + trustedDeviceSeconds}`
      return `${body}.${tag(body, keys.inForce())}`
    },

    parse(text) {
      const [, id, userId, expiry, given] = shape.exec(text ?? '') ?? []
      if (text === undefined || !id || !userId || !given) return undefined
      const body = text.slice(0, text.lastIndexOf('.'))
      const presented = Buffer.from(given)
      if (!keys.all.some((key) => timingSafeEqual(Buffer.from(tag(body, key)), presented))) return undefined
      return Number(expiry) * 1000 > clock() ? { id, userId } : undefined
    },
  }
}

const tag = (body: string, key: KeyObject) =>
  createHmac('sha256', key).update(body).digest().subarray(0, 16).toString('base64url')
