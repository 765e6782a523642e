/** Deliberate breaks of the built-in pages. `npm run test:mutants` makes each and expects its test to fail. */
import { breaks, type Mutant } from '../setup/mutant.ts'

export const mutants: readonly Mutant[] = [
  ...breaks(
    'src/http/errors/error-handler.ts',
    'test/web/static-files.test.ts',
    ['a path out of the folder is a fault of the server', "  403: 'not_found',\n", ''],
    ['a range past the end is a fault of the server', "  416: 'range_not_satisfiable',\n", ''],
    ['a condition that fails is a fault of the server', "  412: 'precondition_failed',\n", ''],
  ),
]
