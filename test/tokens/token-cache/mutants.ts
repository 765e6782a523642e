/** Deliberate breaks of the token cache. `npm run test:mutants` makes each and expects the named test to fail. */
import { breaks, type Mutant } from '../../setup/mutant.ts'

const remembering = 'test/tokens/token-cache.test.ts'

const cache = 'src/tokens/token-cache.ts'
const signature = 'src/tokens/signature.ts'
const verify = 'src/tokens/verify-access-token.ts'

export const mutants: readonly Mutant[] = [
  ...breaks(
    cache,
    remembering,
    [
      'a remembered token never expires',
      'if (known && isInItsTime(known.principal, clock(), toleranceSeconds)) {',
      'if (known) {',
    ],
    ['a remembered token lives at the moment it expires', 'expiresAt * 1000 > now', 'expiresAt * 1000 >= now'],
    [
      'a remembered token expires by a clock that goes back',
      'isInItsTime(known.principal, clock(), ',
      'isInItsTime(known.principal, Date.now(), ',
    ],
    ['keys that change leave it as it is', '        clear()\n', ''],
    ['nothing is remembered', `      remember({ token: copyOf(token), principal })\n`, ''],
    [
      'a token is known by its claims',
      'young.get(token)',
      `young.get(token) ?? young.get([...young.keys()].find((key) => key.slice(0, -9) === token.slice(0, -9)) ?? '')`,
    ],
    ['any number of tokens', 'young.size >= half.entries || ', ''],
    ['any number of bytes', ' || youngBytes + bytes > half.bytes', ''],
    ['what is used is pushed out', ' ?? takeFromOld(token)', ''],
    [
      'a forged token is remembered',
      'const principal = verifyAccessToken(token)',
      `let principal!: Principal
      try {
        principal = verifyAccessToken(token)
      } finally {
        remember({ token, principal })
      }`,
    ],
    ['the whole header is kept', 'remember({ token: copyOf(token), principal })', 'remember({ token, principal })'],
    ['it cannot be turned off', 'maxEntries === 0 || ', ''],
  ),
  ...breaks(cache, 'test/tokens/crafted-tokens.test.ts', [
    'a remembered token is let in before it was made',
    '(issuedAt - toleranceSeconds) * 1000 <= now',
    'issuedAt > 0',
  ]),
  ...breaks(signature, remembering, [
    'keys change unnoticed',
    'keySet: () => byHeader',
    'keySet: () => createSignatureChecks',
  ]),
  ...breaks(verify, remembering, [
    'roles that can be changed',
    'roles: Object.freeze(claims.roles ?? [])',
    'roles: claims.roles ?? []',
  ]),
]
