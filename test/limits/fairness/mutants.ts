/** Deliberate breaks of the queue of password hashes. */
import { breaks, type Mutant } from '../../setup/mutant.ts'

const fairness = 'test/limits/fairness.test.ts'
const queue = 'test/passwords/hash-queue.test.ts'

export const mutants: readonly Mutant[] = [
  ...breaks(
    'src/passwords/hash-lane.ts',
    queue,
    ['one address takes the whole line', 'waitingOf(place) < ofAddress && ', ''],
    ['one account takes the whole line', ' && (accounts.get(place.account) ?? 0) < ofAccount', ''],
    ['kept places count for no address', '      count(keepers, address, change)\n', ''],
    ['a hash that could run at once needs a place', 'most(mine) + free', 'most(mine)'],
    ['an address beyond its share keeps places', ' && (free > 0 || isWithinShare(place))', ''],
    ['a few addresses take the whole line', 'mine === 0 ? waiting : waiting / 2', 'waiting'],
    [
      'an address is served until it has no hash left',
      'addresses.delete(address)\n',
      'if (mine.length === 0) addresses.delete(address)\n',
    ],
  ),
  ...breaks(
    'src/passwords/hash-queue.ts',
    queue,
    ['any number of hashes waits', 'if (hasRoom) return', 'if (active >= 0) return'],
    ['all wait in one lane', '(requester.trusted ? trusted : strangers)', '(requester ? strangers : trusted)'],
    ['strangers are never served', '++turn % turnsForEachStranger === 0', 'false'],
    ['strangers are served first', '++turn % turnsForEachStranger === 0', '++turn > 0'],
  ),
  ...breaks(
    'src/signin/login.ts',
    fairness,
    [
      'a trusted device waits with strangers',
      '{ ...requester, trusted: trusted !== undefined }',
      '{ ...requester, trusted: false }',
    ],
    ['any device token opens the lane', '{ ...requester, trusted: trusted !== undefined }', 'requester'],
    [
      'all addresses are one in the queue',
      'address: clientAddress(context.ip), account: key',
      "address: 'all', account: key",
    ],
  ),
  ...breaks('src/signin/prove-password.ts', fairness, [
    'a signed-in user waits with strangers',
    'account: userId, trusted: true',
    'account: userId, trusted: false',
  ]),
]
