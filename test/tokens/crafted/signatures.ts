/** Invalid signatures, and the valid one in another form. */
import { sign } from 'node:crypto'
import { headerFor } from '../../../src/tokens/claims.ts'
import type { Context } from './context.ts'
import { encode, rawSignature, segmentsOf, signSegments, toBytes, toInteger } from './forge.ts'
import { letIn, type Row, refused } from './row.ts'

/** The order of P-256 and of edwards25519 (FIPS 186-5). */
const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n
const edwardsOrder = 2n ** 252n + 27742317777372353535851937790883648493n
const prime = 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn

export const signatureRows = (context: Context): Row[] => [
  ...refused(numbers(context)),
  ...refused(forms(context)),
  ...letIn(malleated(context)),
  ...refused(changed(context)),
  ...refused(otherKeys(context)),
]

/** "Psychic" signatures (CVE-2022-21449): integers out of the range 1 … n − 1. */
function numbers({ header, payload, good }: Context): Record<string, string> {
  const bytes = Buffer.from(segmentsOf(good)[2], 'base64url')
  const [r, s] = [toInteger(bytes.subarray(0, 32)), toInteger(bytes.subarray(32))]
  const of = (left: bigint, right: bigint) =>
    `${header}.${payload}.${encode(Buffer.concat([toBytes(left, 32), toBytes(right, 32)]))}`
  return {
    'r = 0, s = 0': of(0n, 0n),
    'r = 0, s = 1': of(0n, 1n),
    'r = 1, s = 0': of(1n, 0n),
    'r = 1, s = 1': of(1n, 1n),
    'r = n, s = n': of(order, order),
    'r = n, s right': of(order, s),
    'r right, s = n': of(r, order),
    'r right, s = 0': of(r, 0n),
    'r = 0, s right': of(0n, s),
    'r = n − 1, s = n − 1': of(order - 1n, order - 1n),
    'r = p, s = p': of(prime, prime),
    'r and s all ones': of(2n ** 256n - 1n, 2n ** 256n - 1n),
    'r and s exchanged': of(s, r),
    'r negated, s right': of(order - r, s),
    'r and s one more': of(r + 1n, s + 1n),
  }
}

function forms({ header, payload, good, ours }: Context): Record<string, string> {
  const input = `${header}.${payload}`
  const bytes = Buffer.from(segmentsOf(good)[2], 'base64url')
  const [r, s] = [bytes.subarray(0, 32), bytes.subarray(32)]
  const of = (signature: Buffer) => `${input}.${encode(signature)}`
  const der = sign('sha256', Buffer.from(input), { key: ours.privateKey, dsaEncoding: 'der' })
  return {
    'a right signature in DER': of(der),
    'a right signature in DER, named so by its length only': of(der.subarray(0, 64)),
    'a signature of one zero byte': of(Buffer.alloc(1)),
    'a signature of 32 zero bytes': of(Buffer.alloc(32)),
    'a signature of 96 zero bytes': of(Buffer.alloc(96)),
    'a signature cut short by a byte': of(bytes.subarray(0, 63)),
    'a signature cut to its r': of(r),
    'a signature with a byte more': of(Buffer.concat([bytes, Buffer.alloc(1)])),
    'a signature with a byte before it': of(Buffer.concat([Buffer.alloc(1), bytes])),
    'a signature twice': of(Buffer.concat([bytes, bytes])),
    'r and s with a zero byte before each': of(Buffer.concat([Buffer.alloc(1), r, Buffer.alloc(1), s])),
    'r and s back to front': of(Buffer.from(bytes.toReversed())),
    'r and s in hexadecimal': of(Buffer.from(bytes.toString('hex'))),
    'an r of 48 bytes and an s of 16': of(Buffer.concat([Buffer.alloc(16), bytes.subarray(0, 48)])),
  }
}

/**
 * (r, n − s) is valid wherever (r, s) is, anybody can compute it, and no standard for ES256 forbids it. So two texts of
 * one token are valid, and a revocation must name the `sid` or `sub`, never the text.
 */
export function twinOf(token: string): string {
  const [header, payload, signature] = segmentsOf(token)
  const bytes = Buffer.from(signature, 'base64url')
  const twin = Buffer.concat([bytes.subarray(0, 32), toBytes(order - toInteger(bytes.subarray(32)), 32)])
  return `${header}.${payload}.${encode(twin)}`
}

const malleated = ({ good }: Context): Record<string, string> => ({
  'the mathematical twin of a token, (r, n − s), which speaks for the same session,': twinOf(good),
})

function changed({ good, header, payload, claims, foreign, other, ours, signed }: Context): Record<string, string> {
  const signature = segmentsOf(good)[2]
  const admin = encode(JSON.stringify({ ...claims, roles: ['admin'] }))
  return {
    'a signature with a bit changed': `${header}.${payload}.${flipped(signature)}`,
    'a payload changed under its signature': `${header}.${admin}.${signature}`,
    'a payload of another user under our signature': `${header}.${segmentsOf(other.access_token)[1]}.${signature}`,
    'a payload under the signature of a sibling': `${header}.${payload}.${segmentsOf(signed({ ...claims, x: 1 }))[2]}`,
    'a payload under the signature of another server': `${header}.${payload}.${segmentsOf(foreign)[2]}`,
    'a signature over the payload alone': `${header}.${payload}.${encode(rawSignature(payload, ours))}`,
    'a signature over the text with no dot': `${header}.${payload}.${encode(rawSignature(header + payload, ours))}`,
    'a signature over the bytes, not their base64': `${header}.${payload}.${encode(
      rawSignature(Buffer.from(payload, 'base64url').toString(), ours),
    )}`,
    'a signature over the whole good token': `${header}.${payload}.${encode(rawSignature(good, ours))}`,
  }
}

const flipped = (segment: string) => (segment.startsWith('A') ? 'B' : 'A') + segment.slice(1)

/** EdDSA and RSA signatures can be altered in their own ways, which are refused. */
function otherKeys({ older, payload }: Context): Record<string, string> {
  const { EdDSA, RS256 } = older
  const edwards = split(signSegments(headerFor(EdDSA), payload, EdDSA))
  const rsa = split(signSegments(headerFor(RS256), payload, RS256))
  const half = toInteger(Buffer.from(edwards.bytes.subarray(32).toReversed())) + edwardsOrder
  const shifted = Buffer.concat([edwards.bytes.subarray(0, 32), toBytes(half, 32).toReversed()])
  return {
    'an EdDSA signature with its s raised by the order': edwards.with(shifted),
    'an EdDSA signature of zeros': edwards.with(Buffer.alloc(64)),
    'an EdDSA signature of the neutral point': edwards.with(Buffer.concat([Buffer.from([1]), Buffer.alloc(63)])),
    'an EdDSA signature cut short': edwards.with(edwards.bytes.subarray(0, 63)),
    'an RS256 signature of zeros': rsa.with(Buffer.alloc(256)),
    'an RS256 signature of one': rsa.with(Buffer.concat([Buffer.alloc(255), Buffer.from([1])])),
    'an RS256 signature with a zero byte before it': rsa.with(Buffer.concat([Buffer.alloc(1), rsa.bytes])),
    'an RS256 signature cut short': rsa.with(rsa.bytes.subarray(0, 255)),
  }
}

function split(token: string) {
  const [header, payload, signature] = segmentsOf(token)
  const bytes = Buffer.from(signature, 'base64url')
  return { bytes, with: (other: Buffer) => `${header}.${payload}.${encode(other)}` }
}
