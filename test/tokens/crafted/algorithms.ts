/** Tokens that try to choose how they are verified: `none`, HMAC under a public key, another algorithm, another key. */
import { headerFor } from '../../../src/tokens/claims.ts'
import type { Context, OwnKey } from './context.ts'
import { newKeyPair } from './context.ts'
import { encode, encodeJson, macSegments, rawSignature, segmentsOf, signSegments } from './forge.ts'
import { letIn, type Row, refused } from './row.ts'

export const algorithmRows = (context: Context): Row[] => [
  ...refused(unsecured(context)),
  ...refused(maced(context)),
  ...refused(otherAlgorithms(context)),
  ...letIn(keysOfTheRing(context)),
  ...refused(crossedKeys(context)),
]

function unsecured({ ours, payload, good }: Context): Record<string, string> {
  const { kid } = ours
  const header = (alg: unknown) => encodeJson({ alg, typ: 'at+jwt', kid })
  const signature = segmentsOf(good)[2]
  const casings = ['none', 'None', 'NONE', 'nOnE', 'noNe', 'none ', 'nonе', 'no\u0000ne']
  return {
    ...Object.fromEntries(
      casings.map((alg) => [`alg ${JSON.stringify(alg)} with no signature`, `${header(alg)}.${payload}.`]),
    ),
    ...Object.fromEntries(
      casings.map((alg) => [`alg ${JSON.stringify(alg)}, rightly signed`, signSegments(header(alg), payload, ours)]),
    ),
    'alg none under the signature of a good token': `${header('none')}.${payload}.${signature}`,
    'alg none with an empty JSON signature': `${header('none')}.${payload}.${encode('""')}`,
    'alg none in two segments': `${header('none')}.${payload}`,
    'alg none with neither kid nor typ': `${encodeJson({ alg: 'none' })}.${payload}.`,
    'alg empty': signSegments(header(''), payload, ours),
    'alg null': signSegments(header(null), payload, ours),
    'alg as a number': signSegments(header(256), payload, ours),
    'alg as a list with ES256 in it': signSegments(header(['ES256']), payload, ours),
    'alg as an object': signSegments(header({ toString: 'ES256' }), payload, ours),
    'alg true': signSegments(header(true), payload, ours),
    'alg "es256" in lower case': signSegments(header('es256'), payload, ours),
    'alg "ES256K" of another curve': signSegments(header('ES256K'), payload, ours),
    'no alg': signSegments(encodeJson({ typ: 'at+jwt', kid }), payload, ours),
  }
}

/** Every form of a public key that a confused server may use as an HMAC secret. */
export function publicForms({ publicKey, kid }: OwnKey): Record<string, string | Buffer> {
  const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString()
  const der = publicKey.export({ type: 'spki', format: 'der' })
  const jwk = publicKey.export({ format: 'jwk' })
  const x = Buffer.from(jwk.x ?? jwk.n ?? '', 'base64url')
  const y = Buffer.from(jwk.y ?? jwk.e ?? '', 'base64url')
  return {
    'its PEM': pem,
    'its PEM without the last line end': pem.trimEnd(),
    'its PEM with CRLF': pem.replaceAll('\n', '\r\n'),
    'its PEM in one line': pem.replaceAll('\n', ''),
    'its DER': der,
    'its DER in base64': der.toString('base64'),
    'its JWK': JSON.stringify(jwk),
    'its JWK as published': JSON.stringify({ ...jwk, kid, alg: 'ES256', use: 'sig' }),
    'its bare coordinates': Buffer.concat([x, y]),
    'its uncompressed point': Buffer.concat([Buffer.from([4]), x, y]),
    'its coordinates in base64url': Buffer.concat([x, y]).toString('base64url'),
    'its x alone': x,
  }
}

const macHeader = (alg: string, kid: string) => encodeJson({ alg, typ: 'at+jwt', kid })

function maced({ ours, older, payload, header, issuer }: Context): Record<string, string> {
  const tokens: Record<string, string> = {}
  for (const [form, secret] of Object.entries(publicForms(ours))) {
    tokens[`HS256 under our ES256 key in ${form}`] = macSegments(macHeader('HS256', ours.kid), payload, 'HS256', secret)
    tokens[`our exact header over an HMAC under our key in ${form}`] = macSegments(header, payload, 'HS256', secret)
  }
  const rsa = publicForms(older.RS256)
  for (const form of ['its PEM', 'its PEM without the last line end', 'its DER', 'its JWK'] as const) {
    const over = macHeader('HS256', older.RS256.kid)
    tokens[`HS256 under our RS256 key in ${form}`] = macSegments(over, payload, 'HS256', rsa[form]!)
  }
  const pem = publicForms(ours)['its PEM']!
  const others = { 'the kid': ours.kid, 'an empty secret': '', 'the word secret': 'secret', 'the issuer': issuer }
  for (const [what, secret] of Object.entries(others)) {
    tokens[`HS256 under ${what}`] = macSegments(macHeader('HS256', ours.kid), payload, 'HS256', secret)
  }
  tokens['HS384 under our PEM'] = macSegments(macHeader('HS384', ours.kid), payload, 'HS384', pem)
  tokens['HS512 under our PEM'] = macSegments(macHeader('HS512', ours.kid), payload, 'HS512', pem)
  tokens['HS256 under a zero key of 32 bytes'] = macSegments(
    macHeader('HS256', ours.kid),
    payload,
    'HS256',
    Buffer.alloc(32),
  )
  return tokens
}

function otherAlgorithms({ ours, payload, header }: Context): Record<string, string> {
  const { kid } = ours
  const claimed = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES384', 'ES512', 'EdDSA', 'Ed25519', 'HS256']
  const named = claimed.map((alg) => [
    `alg ${alg} over a signature of our ES256 key`,
    signSegments(encodeJson({ alg, typ: 'at+jwt', kid }), payload, ours),
  ])
  const sha = (alg: 'ES384' | 'ES512') => rawSignature(`${header}.${payload}`, { alg, privateKey: ours.privateKey })
  return {
    ...Object.fromEntries(named),
    'a signature of our key over SHA-384 instead of SHA-256': `${header}.${payload}.${encode(sha('ES384'))}`,
    'a signature of our key over SHA-512 instead of SHA-256': `${header}.${payload}.${encode(sha('ES512'))}`,
    'our header over a P-384 signature': signSegments(header, payload, {
      alg: 'ES384',
      privateKey: newKeyPair.ES384().privateKey,
    }),
    'our header over a P-521 signature': signSegments(header, payload, {
      alg: 'ES512',
      privateKey: newKeyPair.ES512().privateKey,
    }),
  }
}

const keysOfTheRing = ({ older, payload }: Context): Record<string, string> => ({
  'a token of an older EdDSA key that still verifies': signSegments(headerFor(older.EdDSA), payload, older.EdDSA),
  'a token of an older RS256 key that still verifies': signSegments(headerFor(older.RS256), payload, older.RS256),
})

/** With several active keys, no key may be used in place of another, or with the algorithm of another. */
function crossedKeys({ ours, older, payload, header }: Context): Record<string, string> {
  const { EdDSA, RS256 } = older
  const mixed = (alg: string, kid: string, key: OwnKey) =>
    signSegments(encodeJson({ alg, typ: 'at+jwt', kid }), payload, key)
  return {
    'our ES256 header over a signature of our EdDSA key': signSegments(header, payload, EdDSA),
    'our ES256 header over a signature of our RS256 key': signSegments(header, payload, RS256),
    'the header of our EdDSA key over a signature of our ES256 key': signSegments(headerFor(EdDSA), payload, ours),
    'the header of our RS256 key over a signature of our ES256 key': signSegments(headerFor(RS256), payload, ours),
    'alg ES256 with the kid of our RS256 key': mixed('ES256', RS256.kid, ours),
    'alg RS256 with the kid of our ES256 key, signed by our RS256 key': mixed('RS256', ours.kid, RS256),
    'alg EdDSA with the kid of our ES256 key, signed by our EdDSA key': mixed('EdDSA', ours.kid, EdDSA),
    'alg PS256 with the kid of our RS256 key': mixed('PS256', RS256.kid, RS256),
    'alg RS512 with the kid of our RS256 key': signSegments(
      encodeJson({ alg: 'RS512', typ: 'at+jwt', kid: RS256.kid }),
      payload,
      { alg: 'RS512', privateKey: RS256.privateKey },
    ),
  }
}
