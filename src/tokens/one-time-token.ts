/** A secret that goes out by mail and comes back once. Only its hash is stored. */
import { createHash, randomBytes } from 'node:crypto'

const shape = /^[A-Za-z0-9_-]{43}$/

/** 256 random bits, and what is stored of them. */
export function createOneTimeToken(): { readonly token: string; readonly hash: Buffer } {
  const token = randomBytes(32).toString('base64url')
  return { token, hash: hashOf(token) }
}

/** The hash to look for; undefined where the text cannot be a token. */
export const oneTimeTokenHash = (text: string): Buffer | undefined => (shape.test(text) ? hashOf(text) : undefined)

const hashOf = (token: string) => createHash('sha256').update(token).digest()
