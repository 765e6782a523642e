/**
 * Password hashes that another system made. Their text names the scheme and its parameters. A login with one is checked here, and then the
 * hash is replaced by one of ours. docs/guides/importing-users.md lists the forms.
 */
import { argon2 } from './argon2.ts'
import { bcryptForm } from './bcrypt-form.ts'
import { pbkdf2 } from './pbkdf2.ts'
import type { CompareBcrypt, ForeignHash, Scheme } from './scheme.ts'
import { firebaseScrypt, scrypt } from './scrypt.ts'

const schemes: Readonly<Record<string, Scheme>> = {
  $argon2id$: argon2,
  $argon2i$: argon2,
  $argon2d$: argon2,
  $scrypt$: scrypt,
  '$pbkdf2-sha256$': pbkdf2,
  '$pbkdf2-sha512$': pbkdf2,
  pbkdf2_sha256$: pbkdf2,
  '$firebase-scrypt$': firebaseScrypt,
}

/** Reads a stored hash. The scheme is `unknown` if it is none of the known ones: it is never a part of the text. */
export function readForeignHash(stored: string, compareBcrypt: CompareBcrypt): ForeignHash {
  const bcrypt: Scheme = (text, name) => bcryptForm(text, name, compareBcrypt)
  const all = { ...schemes, $2a$: bcrypt, $2b$: bcrypt, $2x$: bcrypt, $2y$: bcrypt }
  const found = Object.entries(all).find(([prefix]) => stored.startsWith(prefix))
  if (!found) return { scheme: 'unknown', fault: 'unknown scheme' }
  const [prefix, read] = found
  const scheme = prefix.replaceAll('$', '')
  const result = read(stored.slice(prefix.length), scheme)
  return typeof result === 'string' ? { scheme, fault: result } : { scheme, matches: result }
}
