/** JOSE headers (RFC 7515 §4) that the server never writes, most of them with a valid signature. */
import { createHash } from 'node:crypto'
import type { Context } from './context.ts'
import { encode, encodeJson, signSegments } from './forge.ts'
import { letIn, type Row, refused } from './row.ts'

export const joseHeaderRows = (context: Context): Row[] => [
  ...letIn({ 'a token made by hand as we make it': context.withHeader(standard(context)) }),
  ...refused(keyIds(context)),
  ...refused(types(context)),
  ...refused(foreignKeys(context)),
  ...refused(extensions(context)),
  ...refused(headerTexts(context)),
]

const standard = ({ ours }: Context) => ({ alg: 'ES256', typ: 'at+jwt', kid: ours.kid })

function keyIds(context: Context): Record<string, string> {
  const { ours, withHeader, older, strangersKey } = context
  const { kid } = ours
  const kids: Record<string, unknown> = {
    'an empty kid': '',
    'a kid in upper case': kid.toUpperCase(),
    'a kid in lower case': kid.toLowerCase(),
    'a kid with a space after it': `${kid} `,
    'a kid cut short by a character': kid.slice(0, -1),
    'a kid with a NUL and more after it': `${kid}\0evil`,
    'a kid with a NUL before it': `\0${kid}`,
    'a kid of a key we never had': strangersKey.kid,
    'a kid in a list': [kid],
    'two kids in a list': [older.RS256.kid, kid],
    'a kid as a number': 0,
    'a kid as an object': { kid },
    'a kid of null': null,
    'a kid of true': true,
    'a kid that walks to /dev/null': '../../../../../../dev/null',
    'a kid that walks to a key file': `../keys/${kid}`,
    'a kid with SQL': `${kid}' OR '1'='1`,
    'a kid with SQL that selects a key': "x' UNION SELECT 'attacker' --",
    'a kid with a shell command': `${kid};$(id)`,
    'a kid that is a URL': 'https://evil.example/key.pem',
    'a kid that is a URL of this machine': 'http://127.0.0.1:22/',
    'a kid named __proto__': '__proto__',
    'a kid named constructor': 'constructor',
    'a kid of 600 characters': 'k'.repeat(600),
    'a kid with a right-to-left mark': `\u200f${kid}`,
    'a kid with a line end': `${kid}\r\nX: y`,
  }
  const rows = Object.entries(kids).map(([name, value]) => [name, withHeader({ ...standard(context), kid: value })])
  return {
    ...Object.fromEntries(rows),
    'no kid': withHeader({ alg: 'ES256', typ: 'at+jwt' }),
    'KID instead of kid': withHeader({ alg: 'ES256', typ: 'at+jwt', KID: kid }),
    'a kid in the payload only': signSegments(
      encodeJson({ alg: 'ES256', typ: 'at+jwt' }),
      encodeJson({ ...context.claims, kid }),
      ours,
    ),
  }
}

function types(context: Context): Record<string, string> {
  const { ours, withHeader } = context
  const values: Record<string, unknown> = {
    'JWT (an ID token, say)': 'JWT',
    jwt: 'jwt',
    'AT+JWT': 'AT+JWT',
    'at+JWT': 'at+JWT',
    'application/at+jwt': 'application/at+jwt',
    'at+jwt; charset=utf-8': 'at+jwt; charset=utf-8',
    'at+jwt with a space after it': 'at+jwt ',
    'rt+jwt': 'rt+jwt',
    'logout+jwt': 'logout+jwt',
    'dpop+jwt': 'dpop+jwt',
    nothing: '',
    null: null,
    'a list of at+jwt': ['at+jwt'],
    'an object': { typ: 'at+jwt' },
    'a number': 1,
  }
  const rows = Object.entries(values).map(([name, typ]) => [
    `typ ${name}`,
    withHeader({ alg: 'ES256', typ, kid: ours.kid }),
  ])
  return { ...Object.fromEntries(rows), 'no typ': withHeader({ alg: 'ES256', kid: ours.kid }) }
}

function foreignKeys(context: Context): Record<string, string> {
  const { ours, attacker, thief, payload, header, withHeader, strangersKey, foreign, claims } = context
  const jwk = { ...attacker.ES256.publicKey.export({ format: 'jwk' }), use: 'sig', alg: 'ES256' }
  const der = attacker.ES256.publicKey.export({ type: 'spki', format: 'der' })
  const x5t = createHash('sha1').update(der).digest('base64url')
  const members: Record<string, object> = {
    'jku of the attacker': { jku: 'https://evil.example/jwks.json' },
    'jku that begins like our issuer': { jku: 'https://auth.example.test@evil.example/jwks.json' },
    'jku of this machine': { jku: 'http://127.0.0.1:1/jwks.json' },
    'jku of a file': { jku: 'file:///etc/passwd' },
    'x5u of the attacker': { x5u: 'https://evil.example/cert.pem' },
    'x5c of the attacker': { x5c: [der.toString('base64')] },
    'x5t of the attacker': { x5t },
    'x5t#S256 of the attacker': { 'x5t#S256': createHash('sha256').update(der).digest('base64url') },
    'jwk of the attacker': { jwk },
    'jwk of the attacker under our kid': { jwk: { ...jwk, kid: ours.kid } },
    'jwk of an octet key': { jwk: { kty: 'oct', k: 'AA' } },
    'jwk with a private part': { jwk: attacker.ES256.privateKey.export({ format: 'jwk' }) },
  }
  const own = { jwk: { ...ours.publicKey.export({ format: 'jwk' }) } }
  const rows = Object.entries(members).flatMap(([name, member]) => {
    const carrying = { ...standard(context), ...member }
    const forged = signSegments(encodeJson(carrying), payload, thief)
    return [
      [`${name}, signed by the attacker`, forged],
      [`${name}, rightly signed by us`, withHeader(carrying)],
    ]
  })
  const { kid: _, ...unnamed } = standard(context)
  return {
    ...Object.fromEntries(rows),
    'our own key as jwk, rightly signed': withHeader({ ...standard(context), ...own }),
    'jwk of the attacker and no kid': signSegments(encodeJson({ ...unnamed, jwk }), payload, thief),
    'our exact header over a signature of the attacker': signSegments(header, payload, thief),
    'our exact header over a signature of another server': signSegments(header, payload, strangersKey),
    'a token of another server with the same issuer': foreign,
    'an attacker as admin under our exact header': signSegments(
      header,
      encodeJson({ ...claims, roles: ['admin'] }),
      thief,
    ),
  }
}

function extensions(context: Context): Record<string, string> {
  const { ours, withHeader, payload, claims, good } = context
  const extended: Record<string, object> = {
    'an empty crit': { crit: [] },
    'a crit we do not know': { crit: ['http://example.com/UNDEFINED'], 'http://example.com/UNDEFINED': true },
    'a crit whose member is missing': { crit: ['exp'] },
    'a crit with exp': { crit: ['exp'], exp: 1 },
    'a crit with standard names': { crit: ['alg', 'kid', 'typ'] },
    'a crit that names itself': { crit: ['crit'] },
    'a crit that is a string': { crit: 'b64' },
    'a crit that is an object': { crit: { b64: true } },
    'a crit of null': { crit: null },
    'a crit of false': { crit: false },
    'a crit of zero': { crit: 0 },
    'a crit with a number': { crit: [1] },
    'a crit with a name twice': { crit: ['b64', 'b64'], b64: true },
    'a crit with b64 true': { crit: ['b64'], b64: true },
    'a crit with b64 false': { crit: ['b64'], b64: false },
    'a crit with __proto__': { crit: ['__proto__'] },
    'b64 false with no crit': { b64: false },
    'zip DEF': { zip: 'DEF' },
    'zip GZIP': { zip: 'GZIP' },
    'cty JWT': { cty: 'JWT' },
    'enc beside alg': { enc: 'A256GCM' },
    'epk beside alg': { epk: { kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA' } },
    'p2c of a billion rounds': { p2c: 1_000_000_000, p2s: 'AA' },
    'iss and aud copied into the header': { iss: claims.iss, aud: claims.aud },
    'a member of no meaning': { x: 1 },
  }
  const rows = Object.entries(extended).map(([name, more]) => [
    `a header with ${name}`,
    withHeader({ ...standard(context), ...more }),
  ])
  const nested = encodeJson({ ...standard(context), cty: 'JWT' })
  return {
    ...Object.fromEntries(rows),
    'a header with cty JWT and a good token within': signSegments(nested, encode(good), ours),
    'our header over a good token as payload': signSegments(encodeJson(standard(context)), encode(good), ours),
    'a header whose claims stand where the payload should': signSegments(
      encodeJson({ ...standard(context), ...claims }),
      payload,
      ours,
    ),
  }
}

/** The usual header in other bytes, and texts that are no header, all with a valid signature. */
function headerTexts({ ours, payload }: Context): Record<string, string> {
  const { kid } = ours
  const text = (json: string | Buffer) => signSegments(encode(json), payload, ours)
  const plain = JSON.stringify({ alg: 'ES256', typ: 'at+jwt', kid })
  return {
    'a header in another order': text(JSON.stringify({ typ: 'at+jwt', alg: 'ES256', kid })),
    'a header with white space': text(JSON.stringify({ alg: 'ES256', typ: 'at+jwt', kid }, null, 1)),
    'a header with a space after it': text(`${plain} `),
    'a header with a BOM': text(`\ufeff${plain}`),
    'a header in UTF-16': text(Buffer.from(plain, 'utf16le')),
    'a header with an invalid byte': text(Buffer.concat([Buffer.from(plain), Buffer.from([0xff])])),
    'a header with an escaped letter': text(plain.replace('ES256', '\\u0045S256')),
    'a header with alg twice, none first': text(plain.replace('{', '{"alg":"none",')),
    'a header with alg twice, none last': text(plain.replace('}', ',"alg":"none"}')),
    'a header with kid twice': text(plain.replace('}', ',"kid":"other"}')),
    'a header with a __proto__ member': text(plain.replace('}', ',"__proto__":{"alg":"none"}}')),
    'a header all within __proto__': text(`{"__proto__":${plain}}`),
    'a header with a trailing comma': text(plain.replace('}', ',}')),
    'a header cut short': text(plain.slice(0, -1)),
    'a header in a list': text(`[${plain}]`),
    'a header that is a string': text(JSON.stringify(plain)),
    'a header that is null': text('null'),
    'a header that is a number': text('1'),
    'an empty header object': text('{}'),
    'a header of random bytes': text(Buffer.from('9f8a77c1d2e3', 'hex')),
    'a header that is plain JSON, not base64': `${plain}.${payload}.AA`,
  }
}
