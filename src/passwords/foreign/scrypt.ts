/** scrypt (RFC 7914) in its PHC form, and the variant of Firebase. */
import { createCipheriv, scrypt as scryptOfNode } from 'node:crypto'
import { promisify } from 'node:util'
import { bytesOf, isSame, longestHash, numbersOf, shortestHash } from './phc.ts'
import type { Scheme } from './scheme.ts'

const compute = promisify<Buffer, Buffer, number, { N: number; r: number; p: number; maxmem: number }, Buffer>(
  scryptOfNode,
)

type Cost = { ln: number; r: number; p: number }
const mostMemoryBytes = 256 * 1024 * 1024
// N * r * p: 2 ** 21 takes about a second.
const mostWork = 2 ** 21

const isCost = ({ ln, r, p }: Cost) => ln >= 1 && r >= 1 && p >= 1
const isBeyond = ({ ln, r, p }: Cost) => 128 * 2 ** ln * r > mostMemoryBytes || 2 ** ln * r * p > mostWork
const derive = (password: Buffer, salt: Buffer, length: number, { ln, r, p }: Cost) =>
  compute(password, salt, length, { N: 2 ** ln, r, p, maxmem: 2 * mostMemoryBytes })

/** `$scrypt$ln=16,r=8,p=1$salt$hash`, as passlib writes it. */
export const scrypt: Scheme = (text) => {
  const [parameters = '', salt, hash, ...more] = text.split('$')
  const cost = numbersOf(parameters, ['ln', 'r', 'p'])
  const saltBytes = bytesOf(salt, 1, 128)
  const expected = bytesOf(hash, shortestHash, longestHash)
  if (!cost || !isCost(cost) || !saltBytes || !expected || more.length > 0) return 'broken'
  if (isBeyond(cost)) return 'beyond the limits'
  return async (password) => isSame(await derive(password, saltBytes, expected.length, cost), expected)
}

const firebaseForm = /^(ln=\d+,r=\d+,p=\d+),ss=([^,$]*),sk=([^,$]+)\$([^$]+)\$([^$]+)$/

/**
 * `$firebase-scrypt$ln=14,r=8,p=1,ss=separator,sk=signer key$salt$hash`. Firebase encrypts the signer key of the project under the result of
 * scrypt, with AES-256-CTR and a counter of zero, and stores the outcome.
 */
export const firebaseScrypt: Scheme = (text) => {
  const [, parameters = '', separator = '', key, salt, hash] = firebaseForm.exec(text) ?? []
  const cost = numbersOf(parameters, ['ln', 'r', 'p'])
  const separatorBytes = separator === '' ? Buffer.alloc(0) : bytesOf(separator, 1, 64)
  const [signerKey, saltBytes] = [bytesOf(key, shortestHash, longestHash), bytesOf(salt, 1, 128)]
  const expected = bytesOf(hash, shortestHash, longestHash)
  if (!cost || !isCost(cost) || !separatorBytes || !signerKey || !saltBytes || !expected) return 'broken'
  if (isBeyond(cost)) return 'beyond the limits'
  return async (password) => {
    const cipherKey = await derive(password, Buffer.concat([saltBytes, separatorBytes]), 32, cost)
    const cipher = createCipheriv('aes-256-ctr', cipherKey, Buffer.alloc(16))
    return isSame(Buffer.concat([cipher.update(signerKey), cipher.final()]), expected)
  }
}
