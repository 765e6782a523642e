/** Deliberate breaks of the export. `npm run test:mutants` makes each and expects its test to fail. */
import { breaks, type Mutant } from '../setup/mutant.ts'

const pages = 'test/privacy/export-pages.test.ts'

export const mutants: readonly Mutant[] = [
  ...breaks(
    'src/privacy/export-store.ts',
    pages,
    ['export: any number at once', "if (!free?.mine) return 'busy'", ''],
    ['export: one at a time for all users', 'hashtext(${asked.userId})', "hashtext('')"],
    ['export: a page alone leaves no trace', '    from &&', '    from ||'],
    ['export: every page is an event', 'if (!known) await', 'await'],
    ['export: rows of one moment are lost', '{ id: { lt: BigInt(after.id) } }', '{ id: { lt: 0n } }'],
    ['export: the limit is for each list', 'room -= rows.length', ''],
    ['export: the next list begins in the middle', 'after = undefined\n', ''],
  ),
  ...breaks('src/app.ts', pages, [
    'export: any login is recent enough',
    '    guard(scope, freshSession)\n    emailChangeRoutes(',
    "    guard(scope, { check: 'session' })\n    emailChangeRoutes(",
  ]),
]
