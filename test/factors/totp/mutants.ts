/** Deliberate breaks of authenticator apps. `npm run test:mutants` makes each and expects its test to fail. */
import { breaks, type Mutant } from '../../setup/mutant.ts'

const vectors = 'test/factors/totp/one-time-password.test.ts'
const forms = 'test/factors/totp/totp-secret.test.ts'
const sealing = 'test/factors/totp/seal.test.ts'
const app = 'test/factors/totp/totp.test.ts'
const enrolment = 'test/factors/totp/enrolment.test.ts'

export const mutants: readonly Mutant[] = [
  ...breaks(
    'src/factors/totp/one-time-password.ts',
    vectors,
    ['a used step is accepted again', 'step > after', 'step >= after'],
    ['the sign bit is not masked', '& 0x7fff_ffff', '>>> 0'],
    ['a code of the step before is refused', '[present, present - 1, present + 1]', '[present, present + 1]'],
    ['two steps of skew', 'present - 1, present + 1]', 'present - 1, present + 1, present + 2]'],
  ),
  ...breaks(
    'src/factors/totp/totp-secret.ts',
    forms,
    ['a short secret', 'randomBytes(20)', 'randomBytes(10)'],
    ['a colon in the issuer', "text.replaceAll(':', ' ')", 'text'],
  ),
  ...breaks(
    'src/factors/totp/seal-totp.ts',
    sealing,
    [
      'the newest secret seals before it is in force',
      'sealText(toBase32(secret), secrets.indexInForce())',
      'sealText(toBase32(secret), 0)',
    ],
    ['nothing is sealed again', 'found.secretIndex === inForce', 'found.secretIndex >= 0'],
  ),
  ...breaks('src/factors/totp/reseal-totp.ts', sealing, [
    'only the first page is sealed again',
    'page.length < atOnce ||',
    'page.length <= atOnce ||',
  ]),
  ...breaks(
    'src/factors/totp/totp-store.ts',
    app,
    ['a code that confirms an app can be used again', ', lastStep: step', ''],
    ['any number of apps', 'if (count >= mostApps)', 'if (count < 0)'],
  ),
  ...breaks('src/factors/totp/totp-store.ts', sealing, [
    'a secret is not sealed again at its use',
    'coalesce(${resealed}, sealed_secret)',
    'coalesce(sealed_secret, ${resealed})',
  ]),
  ...breaks('src/factors/totp/confirm-totp.ts', app, [
    'any code confirms',
    'if (step !== undefined) return { id',
    'if (waiting.id) return { id',
  ]),
  ...breaks('src/factors/open-enrolment.ts', enrolment, [
    'whoever knows the password adds an app',
    "if (!policy.owes(account, goal, before)?.enrolment?.includes(kind)) throw new AppError('attempt_ended')",
    '',
  ]),
  ...breaks('src/factors/totp/totp-at-signin.ts', enrolment, ['tries are not counted', ', { counts: true })', ')']),
]
