/** Unexpected values, and requests that contain them. A seed reproduces them. */
import fc from 'fast-check'

const deep = (open: string, close: string, depth: number) => open.repeat(depth) + close.repeat(depth)

/** Values in place of a string, a number or a list. */
export const values: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1.5,
  1e308,
  -(2 ** 63),
  2 ** 53,
  [],
  {},
  [null],
  [['x']],
  ['x', 'x'],
  { length: 1 },
  { toString: 'x' },
  JSON.parse('{"then":"x"}'),
  { $ne: null },
  JSON.parse(deep('[', ']', 500)),
  JSON.parse(`${'{"a":'.repeat(500)}1${'}'.repeat(500)}`),
  '',
  ' ',
  '\0',
  'a\0b',
  'a\0b@example.com',
  '\ud800',
  'a\udfff@example.com',
  '\ufeff',
  '\u202ea',
  '\u0130\u1e9e',
  '\ufdfa'.repeat(40),
  'a\u0301'.repeat(60),
  '\u{1f469}\u200d\u{1f4bb}',
  '\r\nSet-Cookie: a=b',
  `'; DROP TABLE users; --`,
  '%00',
  '%',
  '_',
  '\\',
  '${7*7}',
  '../../etc/passwd',
  '__proto__',
  'constructor',
  'NaN',
  'Infinity',
  '-0',
  '1e400',
  '9'.repeat(400),
  '0x7fffffffffffffff',
  '00000000-0000-0000-0000-000000000000',
  'FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF',
  '9999-12-31T23:59:59.999999999Z',
  '0000-00-00T00:00:00Z',
  '-271821-04-20T00:00:00Z',
  '@',
  `${'a'.repeat(64)}@${'b'.repeat(180)}.example`,
  'a@xn--.example',
  'a@[127.0.0.1]',
  '"a b"@example.com',
  'x'.repeat(257),
  'x'.repeat(15_000),
  'x'.repeat(100_000),
  'eyJhbGciOiJub25lIn0.e30.',
  'cs1.a.b.c.d',
  'x'.repeat(43),
]

/** Bodies that are no JSON, or unexpected JSON. `secret` stands where a password would. */
export const rawBodies = (secret: string): readonly string[] => [
  '',
  ' ',
  'null',
  'x',
  `{"password":"${secret}"`,
  `{"password":"${secret}"}x`,
  `{"password":${secret}}`,
  secret,
  `password=${secret}&&&=%`,
  `token=${secret}&token=${secret}`,
  `token=%zz${secret}`,
  `{"__proto__":{"password":"${secret}"}}`,
  '{"constructor":{"prototype":{}}}',
  deep('[', ']', 8000),
  '{"a":'.repeat(3000),
  '1'.repeat(16_000),
  '"\\ud800"',
  '{"a":1,"a":2}',
  '\ufeff{}',
  `"${'x'.repeat(100_000)}"`,
]

const latin1 = fc.string({
  unit: fc
    .integer({ min: 0x20, max: 0xff })
    .filter((code) => code !== 0x7f)
    .map((code) => String.fromCharCode(code)),
  maxLength: 60,
})
const headerValue = fc.oneof(
  latin1,
  fc.constantFrom('', ',', ';=', '*', '"', 'null', '[object Object]', 'x'.repeat(8000)),
)
const cookieNames = ['__Host-Http-access', '__Host-Http-refresh', 'access', '__proto__']
/** Headers that the server reads. */
export const headers = fc.dictionary(
  fc.constantFrom(
    'cookie',
    'authorization',
    'x-auth-mode',
    'x-request-id',
    'user-agent',
    'origin',
    'sec-fetch-site',
    'content-type',
    'if-none-match',
    'x-forwarded-for',
    'accept',
    'access-control-request-method',
  ),
  fc.oneof(
    headerValue,
    fc.tuple(fc.constantFrom(...cookieNames), headerValue).map((pair) => pair.join('=')),
    headerValue.map((value) => `Bearer ${value}`),
    headerValue.map((value) => `Basic ${Buffer.from(value).toString('base64')}`),
    fc.constantFrom('cookie', 'bearer'),
  ),
  { maxKeys: 2 },
)

export const value = fc.oneof(
  { arbitrary: fc.constantFrom(...values), weight: 4 },
  { arbitrary: fc.string({ unit: 'binary', maxLength: 40 }), weight: 1 },
  { arbitrary: fc.jsonValue({ maxDepth: 3 }), weight: 1 },
)

/** A valid object with up to two replaced members, and at times an unknown one. */
export const spoilt = (honest: Readonly<Record<string, unknown>>): fc.Arbitrary<Record<string, unknown>> => {
  const names = Object.keys(honest)
  const known = names.length > 0 ? fc.dictionary(fc.constantFrom(...names), value, { maxKeys: 2 }) : fc.constant({})
  const unknown = fc.oneof(
    { arbitrary: fc.constant({}), weight: 9 },
    { arbitrary: fc.dictionary(fc.string({ unit: 'binary', maxLength: 20 }), value, { maxKeys: 1 }), weight: 1 },
  )
  return fc.tuple(known, unknown).map(([some, more]) => ({ ...honest, ...some, ...more }))
}
