/** PBKDF2 (RFC 8018) as passlib (`$pbkdf2-sha256$rounds$salt$hash`) and Django (`pbkdf2_sha256$rounds$salt$hash`) write it. */
import { pbkdf2 as pbkdf2OfNode } from 'node:crypto'
import { promisify } from 'node:util'
import { bytesOf, isSame, longestHash, shortestHash } from './phc.ts'
import type { Scheme } from './scheme.ts'

const compute = promisify(pbkdf2OfNode)

// Django 5.2 makes hashes of 1,000,000 rounds, and Django 6.0 of 1,200,000.
const mostRounds = 2_000_000
const longestDjangoSalt = 128

export const pbkdf2: Scheme = (text, name) => {
  const [first = '', salt = '', hash, ...more] = text.split('$')
  // The PHC form writes `i=29000` and may add the length of the hash.
  const rounds = Number(/^(?:i=)?(\d{1,10})(?:,l=\d{1,4})?$/.exec(first)?.[1])
  // Django uses the characters of the salt as they are.
  const isDjango = name === 'pbkdf2_sha256'
  const isSalt = salt.length >= 1 && salt.length <= longestDjangoSalt
  const saltBytes = isDjango ? (isSalt ? Buffer.from(salt) : undefined) : bytesOf(salt, 1, 128)
  const expected = bytesOf(hash, shortestHash, longestHash)
  if (!(rounds >= 1) || !saltBytes || !expected || more.length > 0) return 'broken'
  if (rounds > mostRounds) return 'beyond the limits'
  const digest = name.endsWith('512') ? 'sha512' : 'sha256'
  return async (password) => isSame(await compute(password, saltBytes, rounds, expected.length, digest), expected)
}
