/** Texts that are not three base64url segments, or that the server would write in another way. */
import { randomBytes } from 'node:crypto'
import { headerFor } from '../../../src/tokens/claims.ts'
import type { Context } from './context.ts'
import { encode, encodeJson, rawSignature, segmentsOf, signSegments } from './forge.ts'
import { letIn, type Row, refused } from './row.ts'

export const shapeRows = (context: Context): Row[] => [
  ...refused(segments(context)),
  ...refused(serializations(context)),
  ...refused(otherSecrets(context)),
  ...letIn({ 'a token of exactly 1536 bytes': padded(context, 1536) }),
  ...refused(lengths(context)),
  ...refused(base64(context)),
]

function segments({ good, header, payload, ours }: Context): Record<string, string> {
  const [, , signature] = segmentsOf(good)
  const signed = (input: string) => encode(rawSignature(input, ours))
  return {
    'one dot': '.',
    'two dots': '..',
    'three dots': '...',
    'four dots': '....',
    'a thousand dots': '.'.repeat(1000),
    'a text with no dot': 'token',
    'a header alone': header,
    'a header and a dot': `${header}.`,
    'a token without its signature': `${header}.${payload}`,
    'a token with an empty signature': `${header}.${payload}.`,
    'a token with an empty payload, rightly signed': `${header}..${signed(`${header}.`)}`,
    'a token with an empty header, rightly signed': `.${payload}.${signed(`.${payload}`)}`,
    'a token with its signature only': `..${signature}`,
    'a token with its payload only': `.${payload}.`,
    'a token with a dot after it': `${good}.`,
    'a token with a dot before it': `.${good}`,
    'a token with two dots in the middle': `${header}..${payload}.${signature}`,
    'a token with a fourth segment': `${good}.${signature}`,
    'a token with a fourth segment inside the signed text': `${header}.${payload}.x.${signed(`${header}.${payload}.x`)}`,
    'a token in reverse': `${signature}.${payload}.${header}`,
    'a token twice': `${good}.${good}`,
    'a token twice with no dot between': good + good,
    'a token in base64url': encode(good),
    'a token with its dots as %2E': good.replaceAll('.', '~2E'),
    'a token with colons for dots': good.replaceAll('.', '-'),
    'header and payload exchanged, rightly signed': signSegments(payload, header, ours),
  }
}

function serializations({ good, header, payload, ours, claims }: Context): Record<string, string> {
  const [, , signature] = segmentsOf(good)
  const dir = encodeJson({ alg: 'dir', enc: 'A256GCM', kid: ours.kid })
  const ecdh = encodeJson({ alg: 'ECDH-ES', enc: 'A256GCM', kid: ours.kid, cty: 'at+jwt' })
  return {
    'a JWE with a direct key': [dir, '', part(), encodeJson(claims), part()].join('.'),
    'a JWE to our public key': [ecdh, part(), part(), encode(good).slice(0, 200), part()].join('.'),
    'a JWE with our header': [header, part(), part(), payload, part()].join('.'),
    'a JWE with five empty parts': `${dir}....`,
    'a JWS in JSON': JSON.stringify({ payload, protected: header, signature }),
    'a JWS in general JSON': JSON.stringify({ payload, signatures: [{ protected: header, signature }] }),
    'a JWS in JSON, in base64url': encodeJson({ payload, protected: header, signature }),
    'a detached payload': `${header}..${signature}`,
    'a detached payload, as RFC 7797 has it': `${encodeJson({ alg: 'ES256', b64: false, crit: ['b64'] })}..${signature}`,
    'an unencoded payload, rightly signed': signSegments(header, '~unencoded~', ours),
    'a PASETO': `v4.public.${payload}${signature}`,
    'an SD-JWT with a disclosure': `${good}~${encodeJson(['salt', 'roles', ['admin']])}~`,
  }
}

const part = () => encode(randomBytes(16))

/** Other values of this server that a confused client or an attacker may send as an access token. */
function otherSecrets({ user, ours, jwks, good }: Context): Record<string, string> {
  return {
    'a refresh token': user.refresh_token,
    'a refresh token and an access token joined by a dot': `${user.refresh_token}.${good}`,
    'a session id': user.session_id,
    'a user id': user.user.id,
    'the kid of our key': ours.kid,
    'our JWKS in base64url': encode(jwks),
    'our public key in PEM': encode(ours.publicKey.export({ type: 'spki', format: 'pem' }).toString()),
    'the word null': 'null',
    'the word undefined': 'undefined',
    'the text [object Object]': '[object Object]',
    'a single letter': 'a',
    'random bytes in base64url': encode(randomBytes(300)),
    'random bytes in three segments': [36, 200, 64].map((length) => encode(randomBytes(length))).join('.'),
    'our header over random bytes': `${headerFor(ours)}.${encode(randomBytes(200))}.${encode(randomBytes(64))}`,
  }
}

/** The shortest token with a valid signature that has at least this many bytes. Base64 skips one length in four. */
function padded({ signed, claims }: Context, bytes: number): string {
  for (let padding = 0; ; padding++) {
    const token = signed({ ...claims, padding: 'x'.repeat(padding) })
    if (token.length >= bytes) return token
  }
}

function lengths(context: Context): Record<string, string> {
  const { header } = context
  return {
    'the shortest rightly signed token of more than 1536 bytes': padded(context, 1537),
    'a rightly signed token of 2 KiB': padded(context, 2048),
    'a rightly signed token of 4 KiB': padded(context, 4096),
    'a rightly signed token of 12 KiB': padded(context, 12_288),
    'a header segment of 8 KiB': `${'A'.repeat(8192)}.e30.AA`,
    'a payload segment of 8 KiB': `${header}.${'A'.repeat(8192)}.AA`,
    'a signature segment of 8 KiB': `${header}.e30.${'A'.repeat(8192)}`,
  }
}

/** The same bytes in another spelling (RFC 4648 §3.5, §12). A list of revoked texts would miss the other spelling. */
function base64(context: Context): Record<string, string> {
  const { good, header, ours, claims } = context
  const [, payload, signature] = segmentsOf(good)
  // One payload contains both characters in which the two alphabets differ. The last character of the other has unused bits.
  const odd = encodeJson({ ...claims, x: '>>>???~~~' })
  const spare = [encodeJson({ ...claims, x: '' }), encodeJson({ ...claims, x: 'a' })].find(
    (text) => text.length % 4 > 0,
  )!
  const dashed = signatureWith(/[-_]/, context)
  const input = `${header}.${payload}`
  return {
    'a signature with another last letter of the same bits': `${input}.${spareBits(signature)}`,
    'a payload with another last letter of the same bits': signSegments(header, spareBits(spare), ours),
    'a signature with padding': `${good}==`,
    'a payload with padding, rightly signed': signSegments(
      header,
      `${spare}${'='.repeat(4 - (spare.length % 4))}`,
      ours,
    ),
    'a header with padding, rightly signed': signSegments(`${header}=`, payload, ours),
    'a signature in the standard alphabet': standardAlphabet(dashed),
    'a payload in the standard alphabet, rightly signed': signSegments(header, standardAlphabet(odd), ours),
    'a signature with a space in it': `${input}.${signature.slice(0, 40)} ${signature.slice(40)}`,
    'a payload with a space in it, rightly signed': signSegments(
      header,
      `${payload.slice(0, 40)} ${payload.slice(40)}`,
      ours,
    ),
    'a signature with a tilde in it, which a lenient decoder skips': `${input}.${signature.slice(0, 40)}~${signature.slice(40)}`,
    'a payload with a tilde in it, rightly signed': signSegments(
      header,
      `${payload.slice(0, 40)}~${payload.slice(40)}`,
      ours,
    ),
    'a header with a tilde in it, rightly signed': signSegments(
      `${header.slice(0, 9)}~${header.slice(9)}`,
      payload,
      ours,
    ),
    'a signature with a letter more': `${good}A`,
    'a payload in hexadecimal, rightly signed': signSegments(
      header,
      Buffer.from(payload, 'base64url').toString('hex'),
      ours,
    ),
    'a payload in base64 twice, rightly signed': signSegments(header, encode(payload), ours),
    'a header in base64 twice, rightly signed': signSegments(encode(header), payload, ours),
  }
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

const standardAlphabet = (segment: string) => segment.replaceAll('-', '+').replaceAll('_', '/')

/** The same bytes with an unused bit set, which decoders ignore. */
const spareBits = (segment: string) => segment.slice(0, -1) + alphabet[alphabet.indexOf(segment.at(-1)!) + 1]

function signatureWith(mails: RegExp, { header, payload, ours }: Context): string {
  for (;;) {
    const token = signSegments(header, payload, ours)
    if (mails.test(segmentsOf(token)[2])) return token
  }
}
