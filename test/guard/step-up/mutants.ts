/** Deliberate breaks of step-up. `npm run test:mutants` makes each and expects the named test to fail. */
import { breaks, type Mutant } from '../../setup/mutant.ts'

const stepUp = 'test/guard/step-up.test.ts'
const hook = 'src/guard/authenticate.ts'

export const mutants: readonly Mutant[] = [
  ...breaks(
    'src/guard/require-recent.ts',
    stepUp,
    ['no login is too old', 'if (maxAgeSeconds === undefined) return', 'return'],
    ['every login is too old', '<= maxAgeSeconds) return', '<= 0) return'],
    ['a login of exactly the greatest age is too old', '<= maxAgeSeconds) return', '< maxAgeSeconds) return'],
    [
      'NaN as an age is accepted',
      'if (clock() / 1000 - authTime <= maxAgeSeconds) return',
      'if (!(clock() / 1000 - authTime > maxAgeSeconds)) return',
    ],
    ['the challenge has no age', "'reauthentication_required', { maxAgeSeconds }", "'reauthentication_required'"],
  ),
  ...breaks(
    hook,
    stepUp,
    [
      'the check `session` ignores the age of the login',
      "tokenVersion))) throw new AppError('token_revoked')\n        requireRecent(principal, maxAgeSeconds)",
      "tokenVersion))) throw new AppError('token_revoked')",
    ],
    [
      'the other checks ignore the age of the login',
      'requireNotRevoked(principal)\n        requireRecent(principal, maxAgeSeconds)',
      'requireNotRevoked(principal)',
    ],
    [
      'an ended session is asked for the password',
      "if (check === 'revocation') requireNotRevoked(principal)\n        requireRecent(principal, maxAgeSeconds)",
      "requireRecent(principal, maxAgeSeconds)\n        if (check === 'revocation') requireNotRevoked(principal)",
    ],
  ),
  ...breaks('packages/verify/src/verifier.ts', stepUp, [
    'a service ignores the age of the login',
    'requireRecent(principal, maxAgeSeconds)',
    '',
  ]),
  ...breaks('packages/verify/src/identify.ts', stepUp, [
    'the plugin ignores the age of the login',
    'verifier.verify(token, how)',
    'verifier.verify(token, how.check ? { check: how.check } : {})',
  ]),
  ...breaks('src/http/errors/challenge.ts', stepUp, [
    'the challenge has no code of RFC 9470',
    "reauthentication_required: 'insufficient_user_authentication',",
    '',
  ]),
]
