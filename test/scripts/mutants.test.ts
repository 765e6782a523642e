import { resolve } from 'node:path'
import t from 'tap'
import { findMutants, findStaleMutants } from '../../scripts/find-mutants.ts'

const root = resolve(import.meta.dirname, '../..')

t.test(
  'every listed break fits the code: its file and its test exist, and its text stands there exactly once',
  async (t) => {
    const mutants = await findMutants(root)
    t.ok(mutants.length > 500)
    t.same(
      (await findStaleMutants(root, mutants)).map(({ mutant, reason }) => `${mutant.name}: ${reason}`),
      [],
    )
  },
)

t.test('an entry that no longer fits the code is found', async (t) => {
  const fits = {
    name: 'an entry that fits',
    file: 'scripts/find-mutants.ts',
    find: 'if (times !== 1)',
    replace: 'if (times > 1)',
    test: 'test/scripts/mutants.test.ts',
  }
  const listed = [
    fits,
    { ...fits, name: 'a file that is missing', file: 'test/missing.ts' },
    { ...fits, name: 'a test that is missing', test: 'test/missing.test.ts' },
    { ...fits, name: 'a text that is missing', find: 'if (times !== 7)' },
    { ...fits, name: 'a text that stands there many times', find: 'mutant' },
    { ...fits, name: 'a replacement that changes nothing', replace: fits.find },
  ]
  const stale = await findStaleMutants(root, listed)
  t.same(
    stale.map(({ mutant }) => mutant.name),
    listed.slice(1).map(({ name }) => name),
  )
})
