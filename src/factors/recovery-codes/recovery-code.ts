/**
 * Recovery codes: each replaces a lost factor once. A code has 120 random bits, so nobody guesses one, and a plain hash of it is enough.
 */
import { createHash, randomBytes } from 'node:crypto'

/** How many codes a user gets. */
export const codesAtOnce = 10

// Crockford's alphabet: without I, L and O, which readers take for digits, and without U.
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const letters = 24
const shape = new RegExp(`^[${alphabet}]{${letters}}$`)

/** New codes, in groups of six letters, and their hashes, which are stored. */
export type NewRecoveryCodes = { readonly codes: readonly string[]; readonly hashes: readonly Buffer[] }

export function newRecoveryCodes(): NewRecoveryCodes {
  const codes = Array.from({ length: codesAtOnce }, newCode)
  return { codes: codes.map((code) => (code.match(/.{6}/g) ?? []).join('-')), hashes: codes.map(hashOf) }
}

/** Five bits of each random byte choose a letter. */
const newCode = () => Array.from(randomBytes(letters), (byte) => alphabet[byte & 31]).join('')

/** The hash of a code as a user types it: in any case, with or without dashes. Undefined if the text cannot be a code. */
export function recoveryCodeHash(text: string): Buffer | undefined {
  const plain = text.toUpperCase().replaceAll(/[\s-]/g, '').replaceAll('O', '0').replaceAll(/[IL]/g, '1')
  return shape.test(plain) ? hashOf(plain) : undefined
}

const hashOf = (code: string) => createHash('sha256').update(code).digest()
