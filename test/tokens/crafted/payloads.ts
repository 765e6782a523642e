/** Payloads that are not written as the server writes JSON, all with a valid signature. */
import type { Context } from './context.ts'
import { letIn, type Row, refused } from './row.ts'

export const payloadRows = (context: Context): Row[] => [
  ...refused(texts(context)),
  ...refused(bytes(context)),
  ...refused(notObjects(context)),
  ...refused(members(context)),
  ...letIn(innocent(context)),
]

function texts({ signedText, claims }: Context): Record<string, string> {
  const plain = JSON.stringify(claims)
  const added = (member: string) => signedText(plain.replace(/}$/, `,${member}}`))
  return {
    'a payload with white space in it': signedText(JSON.stringify(claims, null, 1)),
    'a payload with a space before it': signedText(` ${plain}`),
    'a payload with a line end after it': signedText(`${plain}\n`),
    'a payload with more after it': signedText(`${plain}{}`),
    'a payload with a NUL after it': signedText(`${plain}\0`),
    'a payload with a trailing comma': signedText(plain.replace(/}$/, ',}')),
    'a payload with a comment': signedText(plain.replace('{', '{/* */')),
    'a payload in single quotes': signedText(plain.replaceAll('"', "'")),
    'a payload cut short': signedText(plain.slice(0, -1)),
    'a payload as a form': signedText(`iss=${claims.iss}&sub=${claims.sub}&exp=${claims.exp}`),
    'a payload with an escaped letter in a value': signedText(plain.replace('"pwd"', '"\\u0070wd"')),
    'a payload with an escaped letter in a name': signedText(plain.replace('"amr"', '"\\u0061mr"')),
    'a payload with an escaped slash': signedText(plain.replace('https://', 'https:\\/\\/')),
    'a payload with an upper-case escape': added('"x":"\\uD800"'),
    'a payload with an unfinished escape': added('"x":"\\u00"'),
    'a payload with a raw line end in a text': added('"x":"\n"'),
  }
}

function bytes({ signedText, claims }: Context): Record<string, string> {
  const plain = JSON.stringify(claims)
  const withBytes = (...codes: number[]) =>
    signedText(Buffer.concat([Buffer.from(`${plain.slice(0, -1)},"x":"`), Buffer.from(codes), Buffer.from('"}')]))
  return {
    'a payload with a BOM': signedText(`\ufeff${plain}`),
    'a payload in UTF-16': signedText(Buffer.from(JSON.stringify({ ...claims, amr: [], client_id: 'x' }), 'utf16le')),
    'a payload with a byte that no UTF-8 has': withBytes(0xff),
    'a payload with a UTF-8 sequence cut short': withBytes(0xc3),
    'a payload with an overlong slash': withBytes(0xc0, 0xaf),
    'a payload with a surrogate in UTF-8': withBytes(0xed, 0xa0, 0x80),
    'a payload with a code point past the last': withBytes(0xf5, 0x80, 0x80, 0x80),
    'a payload of random bytes': signedText(Buffer.from('8f3ac1d0e5b2974406', 'hex')),
    'a payload of gzip': signedText(Buffer.from('1f8b0800000000000003abae0500430239a902000000', 'hex')),
  }
}

function notObjects({ signed, signedText, claims }: Context): Record<string, string> {
  return {
    'a payload of null': signed(null),
    'a payload of true': signed(true),
    'a payload of a number': signed(1),
    'a payload of an empty text': signed(''),
    'a payload of a text of the claims': signed(JSON.stringify(claims)),
    'a payload of the claims in a list': signed([claims]),
    'a payload of an empty list': signed([]),
    'a payload of six hundred brackets': signedText('['.repeat(300) + ']'.repeat(300)),
    'a payload of claims within claims': signed({ claims }),
    'a payload of open brackets': signedText('['.repeat(500)),
  }
}

function members({ signedText, claims, other }: Context): Record<string, string> {
  const plain = JSON.stringify(claims)
  const before = (member: string) => signedText(plain.replace('{', `{${member},`))
  const after = (member: string) => signedText(plain.replace(/}$/, `,${member}}`))
  return {
    'a payload with another sub first': before(`"sub":"${other.user.id}"`),
    'a payload with another sub last': after(`"sub":"${other.user.id}"`),
    'a payload with roles twice': after('"roles":[],"roles":["admin"]'),
    'a payload with the same exp twice': after(`"exp":${claims.exp}`),
    'a payload with a longer exp last': after(`"exp":${claims.exp + 1}`),
    'a payload with a name twice that means nothing': after('"x":1,"x":1'),
    'a payload with an escaped second sub': after(`"s\\u0075b":"${other.user.id}"`),
    'a payload with names that JavaScript sorts': after('"2":1,"1":1'),
    'a payload whose claims are all in __proto__': signedText(`{"__proto__":${plain}}`),
    'a payload whose claims are all in constructor.prototype': signedText(`{"constructor":{"prototype":${plain}}}`),
    'a payload with claims in other case': signedText(plain.replace('"amr"', '"Amr"')),
    'a payload with a space in a claim’s name': signedText(plain.replace('"amr"', '"amr "')),
    'a payload with a zero-width letter in a claim’s name': signedText(plain.replace('"amr"', '"a\u200bmr"')),
  }
}

/** Unusual payloads that are valid and do not change the principal. */
function innocent({ signed, signedText, claims }: Context): Record<string, string> {
  const plain = JSON.stringify(claims)
  const added = (member: string) => signedText(plain.replace(/}$/, `,${member}}`))
  return {
    'a payload with a __proto__ member beside its claims': added('"__proto__":{"roles":["admin"]}'),
    'a payload with a constructor member beside its claims': added('"constructor":{"prototype":{"roles":["admin"]}}'),
    'a payload with a toJSON member beside its claims': added('"toJSON":"x"'),
    'a payload with a lone surrogate in a member we pass over': signed({ ...claims, x: '\ud800' }),
    'a payload with every kind of letter': signed({ ...claims, x: 'é漢😀\u2028' }),
    'a payload with names like ours in upper case beside ours': added('"SUB":"x","Roles":["admin"]'),
    'a payload with roles under a name with a space': added('"roles ":["admin"]'),
    'a payload with roles under a name with a zero-width letter': added('"ro\u200bles":["admin"]'),
    'a payload with roles in a nested object': added('"realm_access":{"roles":["admin"]}'),
  }
}
