/** Deliberate breaks that show only when the database fails. `npm run test:mutants -- test/faults/database` */
import { breaks, type Mutant } from '../../setup/mutant.ts'

const slow = 'test/faults/slow-database.test.ts'
const pooler = 'test/faults/database/pgbouncer.test.ts'
const faults = 'test/faults/database-faults.test.ts'

export const mutants: readonly Mutant[] = [
  ...breaks('src/database/session-client.ts', pooler, [
    'pooler: statements have names',
    'if (isPooled) leaveStatementsUnnamed(this)',
    '',
  ]),
  ...breaks('src/database/open.ts', pooler, [
    'pooler: a start does not look for it',
    'await refuseUnannouncedPooler(url, database.pool)',
    '',
  ]),
  ...breaks(
    'src/database/pooler.ts',
    pooler,
    ['pooler: a refused parameter is not noticed', 'await refuseRefusal(pool)', ''],
    ['pooler: lost statements are not noticed', 'await refuseSharedStatements(url)', ''],
  ),
  ...breaks('src/revocations/revocation-store.ts', pooler, [
    'pooler: a shared connection listens',
    'if (listen && !readAddress(connectionString).isPooled)',
    'if (listen)',
  ]),
  ...breaks(
    'src/database/time-limit.ts',
    slow,
    ['every wait has all the time', 'current.getStore() ?? newAllowance()', 'newAllowance()'],
    ['time that was waited is given back', '--allowance.waits === 0', '--allowance.waits < 0'],
  ),
  ...breaks('src/http/server.ts', 'test/faults/http/database-time.test.ts', [
    'requests have no allowance',
    '  limitDatabaseTime(app)\n',
    '',
  ]),
  ...breaks('src/database/bounded-pool.ts', faults, [
    'a statement may hang',
    'startWait((error) => connection.stream.destroy(error), mostMs)',
    'startWait(() => {}, mostMs)',
  ]),
  ...breaks('src/database/unavailable.ts', 'test/http/errors/error-handler.test.ts', [
    'a raw query that lost its connection is a mistake of ours',
    '|ConnectionClosed|',
    '|',
  ]),
  ...breaks('src/database/unavailable.ts', slow, [
    'nothing is tried again',
    '    return work()\n',
    '    throw error\n',
  ]),
  ...breaks('src/sessions/rotation-sql.ts', 'test/faults/failover.test.ts', [
    'a token ahead of the database is taken for theft',
    ' OR ${p.generation} > s.generation)`',
    ')`',
  ]),
]
