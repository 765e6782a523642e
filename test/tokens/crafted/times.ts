/** Tokens with a valid signature near the limits of time. `exp` has no tolerance, `iat` has five seconds. */
import type { Context } from './context.ts'
import type { Row } from './row.ts'

export const timeRows = (context: Context): Row[] => [...relative(context), ...odd(context), ...moved(context)]

function relative({ signed, claims, now }: Context): Row[] {
  const row = (name: string, change: object, verdict: Row['verdict']): Row => ({
    name,
    token: signed({ ...claims, ...change }),
    verdict,
  })
  return [
    row('a token that expires in a second', { exp: now + 1 }, 'let in'),
    row('a token that expires right now', { exp: now }, 'expired'),
    row('a token that expired a second ago', { exp: now - 1 }, 'expired'),
    row('a token that expired within what iat is granted', { exp: now - 4 }, 'expired'),
    row('a token that expired a year ago', { iat: now - 31_536_600, exp: now - 31_536_000 }, 'expired'),
    row('a token that expires in 1970', { exp: 0 }, 'expired'),
    row('a token that lives as long as its key allows', { iat: now - 5, exp: now + 595 }, 'let in'),
    row('a token that lives for ten years', { exp: now + 315_360_000 }, 'invalid'),
    row('a token that lives a second longer than any', { iat: now, exp: now + 3601 }, 'invalid'),
    row('a token issued five seconds from now', { iat: now + 5 }, 'let in'),
    row('a token issued six seconds from now', { iat: now + 6 }, 'invalid'),
    row('a token issued in a year', { iat: now + 31_536_000, exp: now + 31_536_600 }, 'invalid'),
    row('a token not valid before five seconds from now', { nbf: now + 5 }, 'let in'),
    row('a token not valid before six seconds from now', { nbf: now + 6 }, 'invalid'),
    row('a token not valid before a year from now', { nbf: now + 31_536_000 }, 'invalid'),
    row('a token not valid before a minute ago', { nbf: now - 60 }, 'let in'),
    row('a token issued at the very beginning of time', { iat: 0 }, 'invalid'),
  ]
}

/** Numbers in every spelling that JSON allows, inserted as text. */
function odd({ signed, signedText, claims, now }: Context): Row[] {
  const plain = JSON.stringify(claims)
  const exp = (written: string) => signedText(plain.replace(`"exp":${claims.exp}`, `"exp":${written}`))
  const written = {
    'past every number (1e400)': '1e400',
    'the highest double (1e308)': '1e308',
    'minus infinity (-1e400)': '-1e400',
    NaN: 'NaN',
    Infinity: 'Infinity',
    'in milliseconds': String(claims.exp * 1000),
    'in microseconds': String(claims.exp * 1_000_000),
    'in exponent form': `${claims.exp / 10}e1`,
    'with .0 after it': `${claims.exp}.0`,
    'with a plus sign': `+${claims.exp}`,
    'with a leading zero': `0${claims.exp}`,
    'in hexadecimal': `0x${claims.exp.toString(16)}`,
    'minus zero': '-0',
    negative: `-${claims.exp}`,
    'two to the power of 53 and one': '9007199254740993',
    'of a hundred digits': '9'.repeat(100),
    'a date in words': JSON.stringify(new Date(claims.exp * 1000).toISOString()),
    'an empty list': '[]',
    'an object with a number': `{"$numberLong":"${claims.exp}"}`,
    false: 'false',
  }
  const rows = Object.entries(written).map(
    ([what, value]): Row => ({ name: `an expiry ${what}`, token: exp(value), verdict: 'invalid' }),
  )
  // Any auth_time will do, so these rows show the bounds of all times.
  const loggedInAt = (time: number) => signed({ ...claims, auth_time: time })
  const iat = signedText(plain.replace(`"iat":${claims.iat}`, '"iat":-1e400'))
  return [
    ...rows,
    { name: 'an iat of minus infinity', token: iat, verdict: 'invalid' },
    { name: 'the highest time there is (2^40)', token: loggedInAt(2 ** 40), verdict: 'let in' },
    { name: 'a time past the highest (2^40 + 1)', token: loggedInAt(2 ** 40 + 1), verdict: 'invalid' },
    { name: 'a time before 1970', token: loggedInAt(-1), verdict: 'invalid' },
    { name: 'a token whose exp and iat are exchanged', token: exp(String(now - 600)), verdict: 'expired' },
  ]
}

/** The same tokens with another clock. */
function moved({ good, claims, signed, now }: Context): Row[] {
  const longAgo = Date.UTC(2020, 0, 1) / 1000
  const old = signed({ ...claims, iat: longAgo, exp: longAgo + 600 })
  return [
    { name: 'a good token a millisecond before it expires', token: good, at: claims.exp - 0.001, verdict: 'let in' },
    { name: 'a good token at the moment it expires', token: good, at: claims.exp, verdict: 'expired' },
    { name: 'a good token half a second late', token: good, at: claims.exp + 0.5, verdict: 'expired' },
    { name: 'a good token on a node whose clock is five seconds slow', token: good, at: now - 5, verdict: 'let in' },
    {
      name: 'a good token on a node whose clock is more than five seconds slow',
      token: good,
      at: now - 5.001,
      verdict: 'invalid',
    },
    { name: 'a token of the year 2020 in the year 2020', token: old, at: longAgo, verdict: 'let in' },
    { name: 'a token of the year 2020 today', token: old, verdict: 'expired' },
  ]
}
