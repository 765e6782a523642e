/** Argon2 (RFC 9106) in the form of the reference program: `$argon2id$v=19$m=65536,t=3,p=4$salt$hash`. */
import crypto from 'node:crypto'
import { promisify } from 'node:util'
import { bytesOf, isSame, longestHash, numbersOf, shortestHash } from './phc.ts'
import type { Scheme } from './scheme.ts'

const mostMemoryKib = 256 * 1024
// The memory that is written in all passes together, in KiB. One hash at this bound takes up to two seconds.
const mostWorkKib = 512 * 1024
const mostLanes = 16

export const argon2: Scheme = (text, name) => {
  const [version, parameters = '', salt, hash, ...more] = text.split('$')
  const p = numbersOf(parameters, ['m', 't', 'p'])
  const nonce = bytesOf(salt, 8, 128)
  const expected = bytesOf(hash, shortestHash, longestHash)
  if (!p || !nonce || !expected || more.length > 0 || p.t < 1 || p.p < 1 || p.m < 8 * p.p) return 'broken'
  // Node 22 has no Argon2, and OpenSSL computes only the present version.
  if (version !== 'v=19' || !('argon2' in crypto)) return 'unknown scheme'
  if (p.m > mostMemoryKib || p.m * p.t > mostWorkKib || p.p > mostLanes) return 'beyond the limits'
  const options = { nonce, memory: p.m, passes: p.t, parallelism: p.p, tagLength: expected.length }
  const compute = promisify(crypto.argon2)
  return async (message) => isSame(await compute(name as crypto.Argon2Algorithm, { ...options, message }), expected)
}
