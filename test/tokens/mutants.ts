/** Deliberate breaks of access tokens. `npm run test:mutants -- test/tokens` makes each and expects its test to fail. */
import { breaks, type Mutant } from '../setup/mutant.ts'

export const mutants: readonly Mutant[] = [
  ...breaks(
    'src/tokens/one-time-token.ts',
    'test/tokens/one-time-token.test.ts',
    ['a token of a link has 32 random bits', 'randomBytes(32)', 'Buffer.concat([randomBytes(4), Buffer.alloc(28)])'],
    [
      'the last character of a token does not count',
      "createHash('sha256').update(token)",
      "createHash('sha256').update(token.slice(0, -1))",
    ],
    ['a token is hashed by its bytes, so several texts are one token', '.update(token)', ".update(token, 'base64url')"],
  ),
  ...breaks(
    'src/tokens/nonce.ts',
    'test/tokens/nonce.test.ts',
    ['nonces are given out again', 'randomFillSync(drawn)', ''],
    [
      'nonces change once they are given out',
      'Buffer.from(drawn.subarray(used - 16, used))',
      'drawn.subarray(used - 16, used)',
    ],
  ),
  ...breaks(
    'src/tokens/acr.ts',
    'test/tokens/acr.test.ts',
    ['two methods are two factors', 'amr.includes(severalFactors)', 'amr.length > 1'],
    ['one factor is two', ": 'aal1')", ': twoFactors)'],
  ),
  ...breaks('src/tokens/verify-access-token.ts', 'test/tokens/acr.test.ts', [
    'a token of an older server is always of one factor',
    'claims.acr ?? acrOf(claims.amr)',
    "claims.acr ?? 'aal1'",
  ]),
  ...breaks('src/tokens/access-token.ts', 'test/tokens/acr.test.ts', [
    'the longest methods have no room',
    "['pwd', 'otp', 'email', 'hwk', 'swk', 'mfa']",
    "['pwd']",
  ]),
]
