/** A secret that is mailed to a user and works once. Only its hash is stored. */
import { createHash, randomBytes } from 'node:crypto'

const shape = /^[A-Za-z0-9_-]{43}$/

/** For the document of the API. */
export const oneTimeTokenExample = 'an-example-of-a-secret-of-43-characters-aaa'

/** A token of 256 random bits, and its hash, which is stored. */
export function createOneTimeToken(): { readonly token: string; readonly hash: Buffer } {
  const token = randomBytes(32).toString('base64url')
  return { token, hash: hashOf(token) }
}

/** The hash of a token, or undefined if the text cannot be one. */
export const oneTimeTokenHash = (text: string): Buffer | undefined => (shape.test(text) ? hashOf(text) : undefined)

const hashOf = (token: string) => createHash('sha256').update(token).digest()
