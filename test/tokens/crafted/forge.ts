/** Makes tokens with any header, any payload and any key. */
import { createHmac, type KeyObject, sign } from 'node:crypto'

export const encode = (content: string | Buffer): string => Buffer.from(content).toString('base64url')
export const encodeJson = (value: unknown): string => encode(JSON.stringify(value))

type Signer = { readonly alg: string; readonly privateKey: KeyObject }

/** The raw signature a key makes over any text; two integers side by side for ECDSA (RFC 7518 §3.4). */
export function rawSignature(input: string, { alg, privateKey }: Signer): Buffer {
  const digest = alg === 'EdDSA' ? null : `sha${alg.slice(2)}`
  return sign(digest, Buffer.from(input), { key: privateKey, dsaEncoding: 'ieee-p1363' })
}

/** A token of these two segments with a valid signature. */
export function signSegments(header: string, payload: string, signer: Signer): string {
  const input = `${header}.${payload}`
  return `${input}.${rawSignature(input, signer).toString('base64url')}`
}

/** A token of these two segments with an HMAC. */
export function macSegments(
  header: string,
  payload: string,
  alg: 'HS256' | 'HS384' | 'HS512',
  secret: string | Buffer,
) {
  const input = `${header}.${payload}`
  return `${input}.${createHmac(`sha${alg.slice(2)}`, secret)
    .update(input)
    .digest('base64url')}`
}

/** The segments of a token that has three. */
export function segmentsOf(token: string): [string, string, string] {
  const [header = '', payload = '', signature = ''] = token.split('.')
  return [header, payload, signature]
}

/** An unsigned big-endian integer, and back. */
export const toInteger = (bytes: Buffer): bigint => BigInt(`0x${bytes.toString('hex')}`)
export const toBytes = (integer: bigint, length: number): Buffer =>
  Buffer.from(integer.toString(16).padStart(length * 2, '0'), 'hex')
