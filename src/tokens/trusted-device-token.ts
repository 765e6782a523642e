/**
 * The device token: `cd1.<device id>.<user id>.<expiry>.<tag>`. It says that somebody has logged in to this account on
 * this device. It lets nobody in: whoever brings it has a budget of password guesses apart from everybody else's.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { longestCookieSeconds } from '../http/browser/cookie-life.ts'
import { deriveKeys } from '../secrets/derive-keys.ts'

export type TrustedDevice = { readonly id: string; readonly userId: string }

/** How long a device stays trusted, in seconds: as long as a browser keeps the cookie. */
export const trustedDeviceSeconds = longestCookieSeconds

const shape = /^cd1\.([A-Za-z0-9_-]{22})\.([0-9a-f-]{36})\.([1-9]\d{9,10})\.([A-Za-z0-9_-]{22})$/

/** `secrets` newest first: each recognises the tokens it made, and the one in force makes them. */
export function createTrustedDeviceTokens(
  secrets: readonly string[],
  secretInForce: () => number,
  clock: () => number,
) {
  const keys = deriveKeys(secrets, 'device-token')

  return {
    /** A new token for a device that the account knows, or for a new one. */
    issue(userId: string, id: string = randomBytes(16).toString('base64url')): string {
      const key = keys[secretInForce()]
      if (!key) throw new Error('the server secret in force is not in the list')
      const body = `cd1.${id}.${userId}.${Math.floor(clock() / 1000) + trustedDeviceSeconds}`
      return `${body}.${tag(body, key)}`
    },

    /** What a token says; undefined where this server did not make it, or too long ago. */
    parse(text: string | undefined): TrustedDevice | undefined {
      const [, id, userId, expiry, given] = shape.exec(text ?? '') ?? []
      if (text === undefined || !id || !userId || !given) return undefined
      const body = text.slice(0, text.lastIndexOf('.'))
      const presented = Buffer.from(given)
      if (!keys.some((key) => timingSafeEqual(Buffer.from(tag(body, key)), presented))) return undefined
      return Number(expiry) * 1000 > clock() ? { id, userId } : undefined
    },
  }
}

export type TrustedDeviceTokens = ReturnType<typeof createTrustedDeviceTokens>

const tag = (body: string, key: Buffer) =>
  createHmac('sha256', key).update(body).digest().subarray(0, 16).toString('base64url')
