/** Deliberate breaks of the policy. `npm run test:mutants` makes each and expects the named test to fail. */
import { breaks, type Mutant } from '../../setup/mutant.ts'

const table = 'test/signin/policy/policy.test.ts'

export const mutants: readonly Mutant[] = breaks(
  'src/signin/policy.ts',
  table,
  [
    'administrators need no factor',
    "factorsRequired === 'administrators' ? [adminRole] : []",
    'false ? [adminRole] : []',
  ],
  ['roles need no factor', 'new Set([...factorsRequiredRoles,', 'new Set(['],
  ['with `always` only administrators need one', "factorsRequired === 'always' ||", ''],
  [
    'with `never` users are asked',
    "factorsRequired === 'never'",
    "factorsRequired === 'never' && factorsRequired.length === 0",
  ],
)
