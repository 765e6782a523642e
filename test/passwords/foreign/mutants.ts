/** Deliberate breaks of the comparison with hashes of other systems. `npm run test:mutants` makes each and expects its test to fail. */
import { breaks, type Mutant } from '../../setup/mutant.ts'

const foreign = 'test/passwords/foreign/foreign-hash.test.ts'

export const mutants: readonly Mutant[] = [
  ...breaks(
    'src/passwords/password-hash.ts',
    foreign,
    ['a hash that cannot be compared costs nothing', 'await run(() => compareWithNobody(password))', ''],
    ['nobody is told of such a hash', 'if (unusable) onUnusable?.({ userId, ...unusable })', ''],
    [
      'an imported hash stays',
      'matches(Buffer.from(password)), isCurrent: false',
      'matches(Buffer.from(password)), isCurrent: true',
    ],
    ['one of ours may cost any time', 'if (Number(itsCost) > mostCost)', 'if (Number(itsCost) > 99)'],
  ),
  ...breaks(
    'src/passwords/foreign/phc.ts',
    foreign,
    [
      'a hash that begins alike matches',
      'one.length === other.length && timingSafeEqual(one, other)',
      'timingSafeEqual(one.subarray(0, 16), other.subarray(0, 16))',
    ],
    ['a hash may be cut short', 'bytes.length >= least', 'bytes.length >= 0'],
  ),
  ...breaks('src/passwords/foreign/argon2.ts', foreign, [
    'Argon2 may take any memory and time',
    'p.m > mostMemoryKib || p.m * p.t > mostWorkKib ||',
    '',
  ]),
  ...breaks('src/passwords/foreign/scrypt.ts', foreign, [
    'scrypt may take any memory and time',
    '128 * 2 ** ln * r > mostMemoryBytes || 2 ** ln * r * p > mostWork',
    'ln + r + p > 1e9',
  ]),
  ...breaks('src/passwords/foreign/pbkdf2.ts', foreign, [
    'PBKDF2 may take any time',
    'if (rounds > mostRounds)',
    'if (rounds > 1e12)',
  ]),
  ...breaks(
    'src/passwords/foreign/bcrypt-form.ts',
    foreign,
    ['a hash of old PHP is read as a new one', "name === '2x' ? asReadBy2x(password) :", ''],
    ['bcrypt may take any time', 'if (Number(cost) > mostCost)', 'if (Number(cost) > 99)'],
  ),
]
