/** Payloads with a valid signature in which one claim is missing, has a wrong type, or is meant for others. */
import type { Context } from './context.ts'
import { letIn, type Row, refused } from './row.ts'

export const claimRows = (context: Context): Row[] => [
  ...refused(missing(context)),
  ...refused(mistyped(context)),
  ...refused(identifiers(context)),
  ...refused(issuersAndAudiences(context)),
  ...letIn(harmless(context)),
  ...others(context),
]

const required = ['iss', 'aud', 'sub', 'sid', 'client_id', 'jti', 'iat', 'exp', 'auth_time', 'amr', 'tv'] as const
const texts = ['iss', 'aud', 'sub', 'sid', 'client_id', 'jti'] as const
const whole = ['iat', 'exp', 'auth_time', 'tv'] as const
const lists = ['amr', 'roles'] as const

function without(name: string, claims: object): object {
  return Object.fromEntries(Object.entries(claims).filter(([key]) => key !== name))
}

function missing({ signed, claims }: Context): Record<string, string> {
  const rows = required.map((name) => {
    const { [name]: _, ...rest } = claims
    return [`a token with no ${name}`, signed(rest)]
  })
  return { ...Object.fromEntries(rows), 'a token with no claims at all': signed({}) }
}

function mistyped({ signed, claims }: Context): Record<string, string> {
  const wrong = (name: string, value: unknown, what: string) => [
    `a token whose ${name} is ${what}`,
    signed({ ...claims, [name]: value }),
  ]
  const ofText = texts.flatMap((name) => [
    wrong(name, 1, 'a number'),
    wrong(name, 1.5, 'a fraction'),
    wrong(name, [claims[name]], 'a list of the right value'),
    wrong(name, { value: claims[name] }, 'an object'),
    wrong(name, null, 'null'),
    wrong(name, true, 'true'),
    ...(name === 'client_id' ? [] : [wrong(name, '', 'empty')]),
  ])
  const ofNumber = whole.flatMap((name) => [
    wrong(name, String(claims[name]), 'the right number as text'),
    wrong(name, claims[name] + 0.5, 'a fraction'),
    wrong(name, [claims[name]], 'a list of the right number'),
    wrong(name, { value: claims[name] }, 'an object'),
    wrong(name, null, 'null'),
    wrong(name, true, 'true'),
    wrong(name, '', 'empty'),
    wrong(name, -1, 'negative'),
    wrong(name, 2 ** 53, 'two to the power of 53'),
  ])
  const ofList = lists.flatMap((name) => [
    wrong(name, 'pwd', 'a text'),
    wrong(name, 1, 'a number'),
    wrong(name, { 0: 'admin', length: 1 }, 'an object that looks like a list'),
    wrong(name, null, 'null'),
    wrong(name, true, 'true'),
    wrong(name, '', 'empty text'),
    wrong(name, ['a', 1], 'a list with a number'),
    wrong(name, [null], 'a list with null'),
    wrong(name, [['admin']], 'a list in a list'),
    wrong(name, [{ toString: 'admin' }], 'a list with an object'),
  ])
  const optional = [
    wrong('tv', 2 ** 31, 'more than a column holds'),
    wrong('tv', 2 ** 53 - 1, 'the highest whole number'),
    wrong('nbf', String(claims.iat), 'a text'),
    wrong('nbf', null, 'null'),
    wrong('nbf', claims.iat - 0.5, 'a fraction'),
    wrong('nbf', [claims.iat], 'a list'),
    wrong('nbf', -1, 'negative'),
    wrong('acr', 2, 'a number'),
    wrong('acr', ['aal2'], 'a list'),
    wrong('acr', null, 'null'),
    wrong('scope', ['admin'], 'a list'),
    wrong('scope', null, 'null'),
    wrong('scope', 1, 'a number'),
    wrong('cnf', 'jkt', 'a text'),
    wrong('cnf', ['jkt'], 'a list'),
    wrong('cnf', null, 'null'),
  ]
  return Object.fromEntries([...ofText, ...ofNumber, ...ofList, ...optional])
}

function identifiers({ signed, claims, user }: Context): Record<string, string> {
  const { id } = user.user
  const values = {
    'in upper case': id.toUpperCase(),
    'in braces': `{${id}}`,
    'as a URN': `urn:uuid:${id}`,
    'with no hyphens': id.replaceAll('-', ''),
    'with a line end': `${id}\n`,
    'with a NUL': `${id}\0`,
    'with a second one': `${id} ${id}`,
    'with SQL': `${id}' OR '1'='1`,
    'that is an email': user.user.email,
    'of no version and variant that RFC 9562 has': `${id.slice(0, 14)}0${id.slice(15, 19)}0${id.slice(20)}`,
    'of another script’s digits': id.replace(/\d/, '٣'),
  }
  const rows = Object.entries(values).flatMap(([what, value]) => [
    [`a token with a sub ${what}`, signed({ ...claims, sub: value })],
    [`a token with a sid ${what}`, signed({ ...claims, sid: value })],
  ])
  return Object.fromEntries(rows)
}

const variants = (ours: string) => ({
  'with a slash after it': `${ours}/`,
  'in upper case': ours.toUpperCase(),
  'on http': ours.replace('https:', 'http:'),
  'on a subdomain': ours.replace('://', '://x.'),
  'that ours begins with': ours.slice(0, -1),
  'that begins with ours': `${ours}.evil.example`,
  'with a port': `${ours}:443`,
  'with a path': `${ours}/tenant`,
  'with a user name': ours.replace('://', '://auth.example.test@'),
  'with a space after it': `${ours} `,
  'with a NUL and more': `${ours}\0.evil.example`,
  'with a letter of another script': ours.replace('a', 'а'),
  'of another server': 'https://evil.example',
  'that is a wildcard': '*',
  'that is a pattern': '.*',
})

function issuersAndAudiences({ signed, claims, issuer, audience }: Context): Record<string, string> {
  const issuers = Object.entries(variants(issuer)).map(([what, iss]) => [
    `an issuer ${what}`,
    signed({ ...claims, iss }),
  ])
  const audiences = Object.entries(variants(audience)).map(([what, aud]) => [
    `an audience ${what}`,
    signed({ ...claims, aud }),
  ])
  return {
    ...Object.fromEntries([...issuers, ...audiences]),
    'two audiences, ours first': signed({ ...claims, aud: [audience, 'https://evil.example'] }),
    'two audiences, ours last': signed({ ...claims, aud: ['https://evil.example', audience] }),
    'two audiences in one text': signed({ ...claims, aud: `${audience} https://evil.example` }),
    'an empty list of audiences': signed({ ...claims, aud: [] }),
  }
}

const harmless = ({ signed, claims }: Context): Record<string, string> => ({
  'a member of no meaning to us (RFC 7519 §4)': signed({ ...claims, tenant: 'x' }),
  'a token of another client, on which nothing here depends,': signed({ ...claims, client_id: 'another' }),
  'a token of a client with an empty name': signed({ ...claims, client_id: '' }),
  'a token with a scope': signed({ ...claims, scope: 'read write' }),
  'a token with an empty cnf': signed({ ...claims, cnf: {} }),
  'a token with an empty list of roles': signed({ ...claims, roles: [] }),
  'a token of a server from before acr': signed(without('acr', claims)),
  'a token with an acr of a newer server': signed({ ...claims, acr: 'aal3' }),
  'a token with no amr methods': signed({ ...claims, amr: [] }),
  'a payload in another order': signed(Object.fromEntries(Object.entries(claims).toReversed())),
})

const onlySigned = (name: string, token: string, speaksFor: Row['speaksFor'] = {}): Row => ({
  name,
  token,
  verdict: 'let in',
  onMe: 'revoked',
  speaksFor,
})

/** Valid tokens of this server for another user, and one for an ended session. */
function others({ signed, claims, other, gone }: Context): Row[] {
  const nobody = '0190a5b6-0000-7000-8000-000000000000'
  const { sub, sid } = claims
  return [
    {
      name: 'the token of another user, as that user,',
      token: other.access_token,
      verdict: 'let in',
      speaksFor: { sub: other.user.id, sid: other.session_id },
    },
    { name: 'the token of a session that has ended', token: gone.access_token, verdict: 'revoked' },
    onlySigned('a token of a session that never was', signed({ ...claims, sid: nobody }), { sid: nobody, sub }),
    onlySigned('a token of an unknown user', signed({ ...claims, sub: nobody }), { sub: nobody, sid }),
    onlySigned('a token of one user in the session of another', signed({ ...claims, sid: other.session_id }), {
      sub,
      sid: other.session_id,
    }),
    onlySigned('a token of an older version of the user', signed({ ...claims, tv: claims.tv + 1 })),
  ]
}
