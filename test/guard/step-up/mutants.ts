/** Deliberate breaks of step-up. `npm run test:mutants` makes each and expects the named test to fail. */
import { breaks, type Mutant } from '../../setup/mutant.ts'

const stepUp = 'test/guard/step-up.test.ts'
const factors = 'test/guard/two-factors.test.ts'
const guard = 'test/guard/guard.test.ts'
const check = 'src/guard/require-step-up.ts'
const hook = 'src/guard/authenticate.ts'
const verifier = 'packages/verify/src/verifier.ts'
const challenge = 'src/http/errors/challenge.ts'

export const mutants: readonly Mutant[] = [
  ...breaks(
    check,
    stepUp,
    ['no login is too old', 'maxAgeSeconds === undefined ||', 'true ||'],
    ['every login is too old', '<= maxAgeSeconds', '<= 0'],
    ['a login of exactly the greatest age is too old', '<= maxAgeSeconds', '< maxAgeSeconds'],
    [
      'NaN as an age is accepted',
      'clock() / 1000 - authTime <= maxAgeSeconds',
      '!(clock() / 1000 - authTime > maxAgeSeconds)',
    ],
    ['the challenge has no age', '{} : { maxAgeSeconds }', '{} : {}'],
  ),
  ...breaks(
    check,
    factors,
    ['one factor is enough', 'factors === 1 ||', 'factors > 0 ||'],
    ['two factors are not enough', 'acr === twoFactors)', "acr === 'aal3')"],
    ['any number of factors is satisfied by two', '(factors === 2 &&', '(factors !== 1 &&'],
    ['every route asks for two factors', 'factors = 1 }', 'factors = 2 }'],
    ['the challenge has no acr_values', '{} : { acrValues: twoFactors }', '{}'],
    [
      'a second factor is asked for before a recent login',
      "isRecent ? 'second_factor_required' : 'reauthentication_required'",
      "isStrong ? 'reauthentication_required' : 'second_factor_required'",
    ],
  ),
  ...breaks(
    hook,
    stepUp,
    [
      'the check `session` ignores the age of the login',
      "tokenVersion))) throw new AppError('token_revoked')\n        requireStepUp(principal, { maxAgeSeconds, factors: await",
      "tokenVersion))) throw new AppError('token_revoked')\n        requireStepUp(principal, { factors: await",
    ],
    [
      'the other checks ignore the age of the login',
      'maxAgeSeconds, factors: factorsFor(principal) as',
      'factors: factorsFor(principal) as',
    ],
    [
      'an ended session is asked for the password',
      "if (check === 'revocation') requireNotRevoked(principal)\n",
      "if (check === 'revocation') { requireStepUp(principal, { maxAgeSeconds }); requireNotRevoked(principal) }\n",
    ],
  ),
  ...breaks(hook, factors, [
    'the hook ignores the number of factors',
    'const factorsFor = (principal: Principal) => (',
    'const factorsFor = (principal: Principal) => 1 as Factors ?? (',
  ]),
  ...breaks(hook, guard, [
    'the number of factors is the same for every user',
    "typeof factors === 'function' ? factors(principal) : factors",
    "typeof factors === 'function' ? 1 : factors",
  ]),
  ...breaks(
    'src/guard/guard.ts',
    guard,
    ['the guard ignores the number of factors', 'maxAgeSeconds, factors, again', 'maxAgeSeconds, again'],
    [
      'the number of factors is checked only for requests with a body',
      'maxAgeSeconds === undefined && factors === undefined',
      'maxAgeSeconds === undefined',
    ],
  ),
  ...breaks(verifier, stepUp, ['a service ignores the age of the login', 'requireStepUp(principal, stepUp)', '']),
  ...breaks(
    verifier,
    factors,
    [
      'a service ignores the number of factors',
      'requireStepUp(principal, stepUp)',
      'requireStepUp(principal, { maxAgeSeconds: stepUp.maxAgeSeconds })',
    ],
    [
      'the reason of a missing second factor is not told',
      "if (error.code === 'second_factor_required') return",
      "if (error.code === 'csrf_rejected') return",
    ],
  ),
  ...breaks('packages/verify/src/identify.ts', stepUp, [
    'the plugin ignores the age of the login',
    'verifier.verify(token, how)',
    'verifier.verify(token, how.check ? { check: how.check } : {})',
  ]),
  ...breaks(challenge, stepUp, [
    'the challenge has no code of RFC 9470',
    "reauthentication_required: 'insufficient_user_authentication',",
    '',
  ]),
  ...breaks(challenge, factors, [
    'the challenge of a missing factor has no code of RFC 9470',
    "second_factor_required: 'insufficient_user_authentication',",
    '',
  ]),
]
