/** Requests that carry a token in a malformed header, or in a place where the server does not look for one. */
import type { Context } from './context.ts'
import { segmentsOf } from './forge.ts'
import { bearer, type Row } from './row.ts'

export const requestRows = (context: Context): Row[] => [
  ...accepted(context),
  ...schemes(context),
  ...garnished(context),
  ...doubled(context),
  ...elsewhere(context),
  ...unparseable(context),
]

/** A row of these header lines. */
const row = (name: string, verdict: Row['verdict'], ...lines: (string | Buffer)[]): Row => ({ name, verdict, lines })

/** A row with one Authorization header, which is refused. */
const value = (name: string, text: string | Buffer): Row =>
  row(name, 'invalid', Buffer.concat([Buffer.from('Authorization: '), Buffer.from(text)]))

function accepted({ good }: Context): Row[] {
  return [
    { name: 'a good token', token: good, verdict: 'let in' },
    row('the scheme in lower case', 'let in', `Authorization: bearer ${good}`),
    row('the scheme in upper case', 'let in', `Authorization: BEARER ${good}`),
    row('the header name in upper case', 'let in', `AUTHORIZATION: Bearer ${good}`),
    row('the header name in lower case', 'let in', `authorization: Bearer ${good}`),
    row('several spaces after the scheme', 'let in', `Authorization: Bearer     ${good}`),
    row('no space after the colon', 'let in', `Authorization:Bearer ${good}`),
    row('several spaces and a tab after the colon', 'let in', `Authorization:  \t Bearer ${good}`),
    row('spaces and a tab after the token, which HTTP strips,', 'let in', `Authorization: Bearer ${good} \t `),
  ]
}

const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`

function schemes({ good, user }: Context): Row[] {
  return [
    { name: 'a request with no credentials', verdict: 'anonymous' },
    row('an empty header', 'invalid', 'Authorization:'),
    value('a header of spaces', '   '),
    value('the scheme alone', 'Bearer'),
    value('the scheme and a space', 'Bearer '),
    value('the scheme and many spaces', `Bearer${' '.repeat(100)}`),
    value('the token with no scheme', good),
    value('the scheme after the token', `${good} Bearer`),
    value('the scheme twice', `Bearer Bearer ${good}`),
    value('no space after the scheme', `Bearer${good}`),
    value('a colon after the scheme', `Bearer: ${good}`),
    value('an equals sign after the scheme', `Bearer=${good}`),
    value('a comma after the scheme', `Bearer, ${good}`),
    value('a tab instead of the space', `Bearer\t${good}`),
    value('a space and a tab after the scheme', `Bearer \t${good}`),
    value('a no-break space after the scheme', `Bearer\u00a0${good}`),
    value('the scheme Basic with the token as password', basic(`token:${good}`)),
    value('the scheme Basic with the token as user', basic(`${good}:`)),
    value('the scheme Basic with email and password', basic(`${user.user.email}:correct horse battery staple`)),
    value('the scheme Digest', `Digest username="x", realm="countersign", nonce="x", uri="/auth/whoami", response="x"`),
    value('the scheme Negotiate', 'Negotiate YIIZ'),
    value('the scheme DPoP', `DPoP ${good}`),
    value('the scheme Token', `Token ${good}`),
    value('the scheme JWT', `JWT ${good}`),
    value('the scheme MAC', `MAC id="${good}"`),
    value('the scheme Bearerx', `Bearerx ${good}`),
    value('the scheme xBearer', `xBearer ${good}`),
    value('the scheme Beare', `Beare ${good}`),
  ]
}

function garnished({ good }: Context): Row[] {
  const [header, payload, signature] = segmentsOf(good)
  const bytes = (...codes: number[]) => Buffer.concat([Buffer.from(`Bearer ${good}`), Buffer.from(codes)])
  return [
    value('a token in double quotes', `Bearer "${good}"`),
    value('a token in single quotes', `Bearer '${good}'`),
    value('a token in angle brackets', `Bearer <${good}>`),
    value('a token as a parameter', `Bearer token="${good}"`),
    value('a token as access_token=', `Bearer access_token=${good}`),
    value('a token and a word', `Bearer ${good} x`),
    value('a token and a parameter', `Bearer ${good}, realm="x"`),
    value('a token and a semicolon', `Bearer ${good};`),
    value('a token and a comma', `Bearer ${good},`),
    value('a comma before a token', `Bearer ,${good}`),
    value('two tokens with a space', `Bearer ${good} ${good}`),
    value('two tokens with a comma', `Bearer ${good},${good}`),
    value('two headers joined by a comma', `Bearer ${good}, Bearer ${good}`),
    value('two schemes joined by a comma', `Basic eDp5, Bearer ${good}`),
    value('a good scheme, then Basic', `Bearer ${good}, Basic eDp5`),
    value('a token of three words', `Bearer ${header} ${payload} ${signature}`),
    value('a token with %2E for its dots', `Bearer ${good.replaceAll('.', '%2E')}`),
    value('a token with a percent sign', `Bearer ${good}%00`),
    value('a token and a byte of Latin-1', bytes(0xe9)),
    value('a token and a byte 0xFF', bytes(0xff)),
    value('a token and a no-break space', bytes(0xc2, 0xa0)),
    value('a token and a byte-order mark', bytes(0xef, 0xbb, 0xbf)),
    value('a token with full-width letters', `Bearer ｅ${good.slice(1)}`),
    value('a token after more spaces than a header of ours is long', `Bearer ${' '.repeat(4096)}${good}`),
    value('a token in braces', `Bearer {${good}}`),
    value('a token with an asterisk', `Bearer *${good}`),
    value('a token with a backslash', `Bearer \\${good}`),
  ]
}

function doubled({ good, other, gone }: Context): Row[] {
  const bad = bearer('a.b.c')
  return [
    row('the same header twice', 'invalid', bearer(good), bearer(good)),
    row('the same header three times', 'invalid', bearer(good), bearer(good), bearer(good)),
    row('a good header, then a bad one', 'invalid', bearer(good), bad),
    row('a bad header, then a good one', 'invalid', bad, bearer(good)),
    row('the headers of two users', 'invalid', bearer(good), bearer(other.access_token)),
    row('a header of an ended session, then a good one', 'invalid', bearer(gone.access_token), bearer(good)),
    row('a good header, then Basic', 'invalid', bearer(good), 'Authorization: Basic eDp5'),
    row('Basic, then a good header', 'invalid', 'Authorization: Basic eDp5', bearer(good)),
    row('a good header, then an empty one', 'invalid', bearer(good), 'Authorization:'),
    row('an empty header, then a good one', 'invalid', 'Authorization:', bearer(good)),
    row('two headers in two spellings', 'invalid', bearer(good), `aUTHORIZATION: Bearer ${good}`),
    row(
      'two headers far apart',
      'invalid',
      bearer(good),
      ...Array.from({ length: 50 }, (_, i) => `X-${i}: x`),
      bearer(good),
    ),
    row(
      'a second header behind two thousand others',
      'invalid',
      bearer(good),
      ...Array.from({ length: 2000 }, () => 'a:'),
      bearer('a.b.c'),
    ),
  ]
}

/** The server does not offer RFC 6750 §2.2 and §2.3: a token in the body or the query is ignored. */
const outside = (name: string, request: Omit<Row, 'name' | 'verdict'>): Row => ({
  name,
  ...request,
  verdict: 'anonymous',
})

function elsewhere({ good }: Context): Row[] {
  const form = 'Content-Type: application/x-www-form-urlencoded'
  return [
    outside('a token in the query', { query: `?access_token=${good}` }),
    outside('a token in the query under another name', { query: `?token=${good}&jwt=${good}&auth=Bearer%20${good}` }),
    outside('a token in a form', { lines: [form], body: `access_token=${good}` }),
    outside('a token in a JSON body', {
      lines: ['Content-Type: application/json'],
      body: JSON.stringify({ access_token: good }),
    }),
    outside('a token in a cookie', { lines: [`Cookie: access_token=${good}`] }),
    outside('a token in a cookie named token', { lines: [`Cookie: token=${good}; jwt=${good}`] }),
    outside('a token in X-Access-Token', { lines: [`X-Access-Token: ${good}`] }),
    outside('a token in X-Authorization', { lines: [`X-Authorization: Bearer ${good}`] }),
    outside('a token in Proxy-Authorization', { lines: [`Proxy-Authorization: Bearer ${good}`] }),
    outside('a token in X-Forwarded-Authorization', { lines: [`X-Forwarded-Authorization: Bearer ${good}`] }),
    outside('a token in Sec-WebSocket-Protocol', { lines: [`Sec-WebSocket-Protocol: bearer, ${good}`] }),
    outside('a token in a header with an underscore', { lines: [`HTTP_AUTHORIZATION: Bearer ${good}`] }),
    outside('a user named by a header', { lines: ['X-User-Id: admin', 'X-Remote-User: admin', 'Remote-User: admin'] }),
    outside('a method overridden', { lines: ['X-HTTP-Method-Override: OPTIONS'] }),
    outside('a path overridden', { lines: ['X-Original-URL: /livez', 'X-Rewrite-URL: /livez'] }),
    {
      name: 'a bad header beside a good token in the query',
      token: 'a.b.c',
      query: `?access_token=${good}`,
      verdict: 'invalid',
    },
    {
      name: 'a Basic header, which is not ours, beside a good token in a cookie',
      lines: ['Authorization: Basic eDp5', `Cookie: __Host-Http-access=${good}; access_token=${good}`],
      verdict: 'let in',
    },
    { name: 'a HEAD request with no credentials', method: 'HEAD', verdict: 'anonymous' },
    { name: 'a HEAD request with a bad token', method: 'HEAD', token: 'a.b.c', verdict: 'invalid' },
    { name: 'a HEAD request with a good token', method: 'HEAD', token: good, verdict: 'let in' },
    {
      name: 'a token in a trailer',
      lines: ['Transfer-Encoding: chunked', 'Trailer: Authorization', '', `0\r\n${bearer(good)}`],
      verdict: 'anonymous',
    },
  ]
}

/** Requests that Node itself refuses. */
function unparseable({ good }: Context): Row[] {
  return [
    row('a token of 64 KiB', 'too large', bearer('A'.repeat(65_536))),
    row('a token of 16 KiB', 'too large', bearer('A'.repeat(16_384))),
    row('a good token beside 20 KiB of cookies', 'too large', bearer(good), `Cookie: ${'c'.repeat(20_480)}`),
    row('a header folded after the scheme', 'malformed', 'Authorization: Bearer', ` ${good}`),
    row('a header folded after the token', 'malformed', bearer(good), ' x'),
    row('a header folded with a tab', 'malformed', 'Authorization: Bearer', `\t${good}`),
    row('a token with a NUL', 'malformed', bearer(`${good}\0`)),
    row('a token with a control character', 'malformed', bearer(`${good}\x01`)),
    row('a token with a DEL', 'malformed', bearer(`${good}\x7f`)),
    row('a token with a bare carriage return', 'malformed', `${bearer(good)}\rX: y`),
    row('a token with a bare line feed', 'malformed', `${bearer(good)}\nX: y`),
    row('a space before the colon', 'malformed', `Authorization : Bearer ${good}`),
    row('a header name with a NUL', 'malformed', `Authorization\0: Bearer ${good}`),
    row('a header line with no colon', 'malformed', `Authorization Bearer ${good}`),
    row('a header name of Latin-1 letters', 'malformed', `Authorizatioñ: Bearer ${good}`),
  ]
}
