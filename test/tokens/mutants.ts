/** Deliberate breaks of access tokens. `npm run test:mutants -- test/tokens` makes each and expects its test to fail. */
import { breaks, type Mutant } from '../setup/mutant.ts'

export const mutants: readonly Mutant[] = [
  ...breaks(
    'src/tokens/nonce.ts',
    'test/tokens/nonce.test.ts',
    ['nonces are given out again', 'randomFillSync(drawn)', ''],
    [
      'nonces change once they are given out',
      'Buffer.from(drawn.subarray(used - 16, used))',
      'drawn.subarray(used - 16, used)',
    ],
  ),
]
