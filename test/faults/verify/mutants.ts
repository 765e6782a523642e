/** Deliberate breaks of how a service follows a feed that refuses requests which wait. */
import { breaks, type Mutant } from '../../setup/mutant.ts'

const follow = 'packages/verify/src/follow-feed.ts'

export const mutants: readonly Mutant[] = [
  ...breaks(
    follow,
    'test/packages/verify/crowd.test.ts',
    ['no place to wait is an error', 'error.status === 429 && waits', 'error.status === 42 && waits'],
    ['a crowd is reported at every refusal', '    if (!crowded)\n', ''],
  ),
  ...breaks(
    follow,
    'test/faults/verify/crowd.test.ts',
    ['a refused request is repeated as it was', '    waits = false\n    if (!crowded)', '    if (!crowded)'],
    ['Retry-After is not heard', 'Math.max(seconds * 1000, retryMs)', 'Math.max(seconds * 0, retryMs)'],
    [
      'a Retry-After of any length is obeyed',
      'Math.min(Math.max(seconds * 1000, retryMs), longestPauseMs)',
      'seconds * 1000',
    ],
    ['every 429 is a crowd', 'error.status === 429 && waits', 'error.status === 429'],
  ),
]
