/** Deliberate breaks of the look at Redis. `npm run test:mutants` makes each and expects its test to fail. */
import { breaks, type Mutant } from '../../setup/mutant.ts'

const start = 'test/faults/limits/redis-start.test.ts'

export const mutants: readonly Mutant[] = [
  ...breaks('src/limits/open-limits.ts', start, [
    'redis: wrong credentials are a warning',
    'if (trouble?.isMistake) throw',
    'if (trouble?.isMistake && warning) throw',
  ]),
  ...breaks(
    'src/limits/check-redis.ts',
    start,
    ['redis: rights are not tried', 'await redis.eval(rehearsal, 1, key)', ''],
    ['redis: a user without INFO is refused', "redis.info('memory').catch(() => '')", "redis.info('memory')"],
    ['redis: any policy will do', "policy === undefined || policy === 'noeviction'", 'policy !== info'],
    ['redis: an error beside a good answer is passed over', 'errors.length > 0 ?', 'errors.length > 9 ?'],
  ),
  ...breaks('src/limits/redis-trouble.ts', start, [
    'redis: the cause stands in the first error alone',
    'errors.map((error) => reasonFor(error, mistakes))',
    'errors.slice(-1).map((error) => reasonFor(error, mistakes))',
  ]),
]
