/** Deliberate breaks of the checks of a database. `npm run test:mutants` makes each and expects its test to fail. */
import { breaks, type Mutant } from '../../setup/mutant.ts'

const checks = 'test/database/checks/check-database.test.ts'
const facts = 'src/database/checks/session-facts.ts'

export const mutants: readonly Mutant[] = [
  ...breaks(
    facts,
    checks,
    ['checks: any encoding will do', "encoding !== 'UTF8',", 'false,'],
    ['checks: a database that only reads will do', '!isStandby && isReadOnly,', 'false,'],
    ['checks: the search path may lead anywhere', 'mayUseSchema && schema !== address.schema,', 'false,'],
  ),
  ...breaks(facts, 'test/database/durability.test.ts', [
    'checks: a database that loses commits will do',
    "commits === 'off',",
    'false,',
  ]),
  ...breaks(
    'src/database/checks/foreign-migrations.ts',
    checks,
    ['checks: tables of another program are none of ours', 'rows.some(({ name }) => name === first)', 'true'],
    ['checks: a newer version is another program', 'rows.some(({ name }) => name === first)', 'false'],
  ),
  ...breaks(
    'src/database/checks/missing-rights.ts',
    checks,
    [
      'checks: rights on tables are not asked for',
      'WHERE NOT has_table_privilege(to_regclass(needed.table), needed.right)',
      'WHERE false',
    ],
    [
      'checks: rights on sequences are not asked for',
      "WHERE NOT has_sequence_privilege(s.seqrelid, 'USAGE')",
      'WHERE false',
    ],
    [
      'checks: more rights are asked for than needed',
      "audit_events: ['SELECT', 'INSERT']",
      "audit_events: ['SELECT', 'INSERT', 'UPDATE']",
    ],
  ),
  ...breaks('src/database/checks/room-for-connections.ts', checks, [
    'checks: there is always room',
    'isPooled || needed <= free',
    'true',
  ]),
  ...breaks(
    'src/database/checks/until-writable.ts',
    'test/database/checks/until-writable.test.ts',
    ['checks: a standby is refused at once', 'while (mayPass(findings)', 'while (false'],
    ['checks: every problem may pass', ' && problems.length === 1', ''],
  ),
  ...breaks('src/database/writable.ts', 'test/http/read-only-database.test.ts', [
    'a database that only reads is ready',
    'if (rows[0]?.isReadOnly) throw',
    'if (false) throw',
  ]),
]
