/** Deliberate breaks of step-up. `npm run test:mutants` makes each and expects the named test to fail. */
import { breaks, type Mutant } from '../../setup/mutant.ts'

const stepUp = 'test/guard/step-up.test.ts'
const hook = 'src/guard/authenticate.ts'

export const mutants: readonly Mutant[] = [
  ...breaks(
    'src/guard/require-recent.ts',
    stepUp,
    ['nobody is asked again', 'if (maxAgeSeconds === undefined) return', 'return'],
    ['everybody is asked again', '<= maxAgeSeconds) return', '<= 0) return'],
    ['a moment too early', '<= maxAgeSeconds) return', '< maxAgeSeconds) return'],
    [
      'an age that is none lets everybody in',
      'if (clock() / 1000 - authTime <= maxAgeSeconds) return',
      'if (!(clock() / 1000 - authTime > maxAgeSeconds)) return',
    ],
    ['the challenge has no age', "'reauthentication_required', { maxAgeSeconds }", "'reauthentication_required'"],
  ),
  ...breaks(
    hook,
    stepUp,
    [
      'a session is not asked its age',
      "tokenVersion))) throw new AppError('invalid_token')\n        requireRecent(principal, maxAgeSeconds)",
      "tokenVersion))) throw new AppError('invalid_token')",
    ],
    [
      'a token is not asked its age',
      'requireNotRevoked(principal)\n        requireRecent(principal, maxAgeSeconds)',
      'requireNotRevoked(principal)',
    ],
    [
      'an ended session is asked for the password',
      "if (check === 'revocation') requireNotRevoked(principal)\n        requireRecent(principal, maxAgeSeconds)",
      "requireRecent(principal, maxAgeSeconds)\n        if (check === 'revocation') requireNotRevoked(principal)",
    ],
  ),
  ...breaks('src/verify/verifier.ts', stepUp, [
    'a service does not ask the age',
    'requireRecent(principal, maxAgeSeconds)',
    '',
  ]),
  ...breaks('src/verify/fastify-plugin.ts', stepUp, [
    'the plugin does not ask the age',
    'verifier.verify(token, how)',
    'verifier.verify(token, how.check ? { check: how.check } : {})',
  ]),
  ...breaks('src/http/errors/error-handler.ts', stepUp, [
    'the challenge has no code of RFC 9470',
    "reauthentication_required: 'insufficient_user_authentication',",
    '',
  ]),
]
