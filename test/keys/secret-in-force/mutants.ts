/** Deliberate breaks of what is told of a new secret. `npm run test:mutants` makes each and expects its test to fail. */
import { breaks, type Mutant } from '../../setup/mutant.ts'

const told = 'test/keys/secret-in-force.test.ts'

export const mutants: readonly Mutant[] = [
  ...breaks(
    'src/keys/key-ring.ts',
    told,
    ['secret: a change at the start is not told', 'await takeIn(await store.read(), startedAt)', ''],
    ['secret: one that waits is not told', 'if (secretInForce !== 0) onSecret(secretInForce, false)', ''],
    ['secret: the first of a database is a change', 'knownSecret !== undefined && opened', 'opened'],
  ),
  ...breaks('src/start.ts', 'test/faults/lost-secret.test.ts', [
    'secret: the log says nothing',
    'logger.info({ secretInForce: index }, secretText(index, changed))',
    'void secretText(index, changed)',
  ]),
]
