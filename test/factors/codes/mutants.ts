/** Deliberate breaks of codes at the sign-in and of changes of factors. `npm run test:mutants` makes each and expects its test to fail. */
import { breaks, type Mutant } from '../../setup/mutant.ts'

const races = 'test/factors/codes/races.test.ts'
const limits = 'test/factors/codes/limits.test.ts'
const again = 'test/factors/codes/reauthenticate.test.ts'
const managing = 'test/factors/manage.test.ts'

export const mutants: readonly Mutant[] = [
  ...breaks('src/factors/totp/totp-store.ts', races, [
    'many sign-ins use one code of an app',
    'AND (last_step IS NULL OR last_step < ${step}) AND',
    'AND',
  ]),
  ...breaks('src/factors/recovery-codes/recovery-code-store.ts', races, [
    'many sign-ins use one recovery code',
    'AND hash = ${hash} AND used_at IS NULL AND',
    'AND hash = ${hash} AND',
  ]),
  ...breaks('src/factors/codes/login-factor.ts', races, [
    'tries of an attempt are not counted',
    'await attempts.open(token, client)\n',
    'await attempts.open(token, client, { counts: false })\n',
  ]),
  ...breaks(
    'src/factors/codes/login-factor.ts',
    limits,
    ['recovery codes wait for wrong codes of an app', "isShort: method === 'totp'", 'isShort: true'],
    ['a device is trusted for every account', 'device?.userId === account?.id ? device : undefined', 'device'],
  ),
  ...breaks('src/limits/limits.ts', limits, [
    'wrong codes do not count for the account',
    'if (isShort && userId !== undefined)',
    "if (isShort && userId === '')",
  ]),
  ...breaks('src/factors/codes/prove-code-in-session.ts', again, [
    'a wrong code in a session does not count',
    'return { matches: found !== undefined, proof: found }',
    'return { matches: true, proof: found }',
  ]),
  ...breaks(
    'src/factors/manage/factor-store.ts',
    managing,
    ['the last factor is removed although one is required', 'if (last && requires(account))', 'if (last && !account)'],
    [
      'recovery codes outlive the last factor',
      'if (last) await replaceRecoveryCodes',
      'if (!last) await replaceRecoveryCodes',
    ],
    ['a factor of somebody else is removed', 'factors.find((one) => one.id === id)', 'factors[0]'],
  ),
  ...breaks('src/factors/factor-change-store.ts', managing, [
    'old recovery codes stay beside the new ones',
    'await tx.recoveryCode.deleteMany({ where: { userId } })',
    '',
  ]),
]
