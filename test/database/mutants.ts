/** Deliberate breaks of the pool, of migrations, and of the rights of the two database roles. `npm run test:mutants` makes each and expects its test to fail. */
import { breaks, type Mutant } from '../setup/mutant.ts'

const heldTables = 'test/database/held-tables.test.ts'
const roles = 'test/database/roles.test.ts'
const rights = 'prisma/migrations/20261128013700_audit_rights/migration.sql'

export const mutants: readonly Mutant[] = [
  ...breaks('src/database/bounded-pool.ts', 'test/database/bounded-pool.test.ts', [
    'a wait for a connection in use is bounded like a new one',
    'new pg.Pool({ ...options, ',
    'new pg.Pool({ ...options, connectionTimeoutMillis, ',
  ]),
  ...breaks('src/database/bounded-pool.ts', 'test/database/bounded-pool.test.ts', [
    'a silent server is waited for',
    'sessionClient(connectionString, { connectionTimeoutMillis })',
    'sessionClient(connectionString)',
  ]),
  ...breaks(
    'src/database/session-client.ts',
    'test/database/session.test.ts',
    ['the time zone of the address or the database decides', "TimeZone: 'UTC', ", ''],
    ['the date style of the database decides', ", DateStyle: 'ISO, MDY'", ''],
    ['the database decides the isolation', "    default_transaction_isolation: 'read committed',\n", ''],
    ['the schema of the address does not reach a session', '{ search_path: `"${schema}"` }', '{}'],
  ),
  ...breaks('src/database/migrations/in-schema.ts', 'test/database/session.test.ts', [
    'functions keep looking in public',
    'script.replaceAll(\'public."\', `"${schema}"."`)',
    'script',
  ]),
  ...breaks('src/database/client.ts', 'test/database/session.test.ts', [
    'Prisma looks in public',
    '{ schema, disposeExternalPool: false }',
    '{ disposeExternalPool: false }',
  ]),
  ...breaks(
    rights,
    roles,
    ['roles: young events may be removed', 'greatest("days", public."audit_days_at_least"())', '"days"'],
    [
      'roles: events of an existing user are scrubbed',
      'IF EXISTS (SELECT FROM public."users" WHERE "id" = "deleted_id")',
      'IF false',
    ],
    [
      'roles: events of an existing session are scrubbed',
      'OR EXISTS (SELECT FROM public."sessions" WHERE "id" = ANY("session_ids")) THEN',
      'THEN',
    ],
    ['roles: the address of an administrator is removed too', 'OR ("actor_id" IS NULL\n', 'OR (true\n'],
    ['roles: an event with the session alone keeps its address', ' OR "session_id" = ANY("session_ids"))))\n', ')))\n'],
  ),
  ...breaks('deploy/grants.sql', roles, [
    'roles: the tables of later migrations are forgotten',
    'ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO countersign_app;\n',
    '',
  ]),
  ...breaks('deploy/grants.sql', roles, [
    'roles: the grants forget the audit log',
    'REVOKE UPDATE, DELETE ON audit_events FROM countersign_app;\n',
    '',
  ]),
  ...breaks('src/cleaning/cleaning-store.ts', roles, [
    'roles: cleaning needs the right to delete events',
    'SELECT remove_expired_audit_events(${days}, ${batchSize}) AS removed',
    "DELETE FROM audit_events WHERE at < statement_timestamp() - ${days} * interval '1 day'",
  ]),
  ...breaks('src/database/open.ts', 'test/database/open-existing.test.ts', [
    'a start migrates although a setting forbids it',
    'await (migrateOnStart ?',
    'await (migrateOnStart || place ?',
  ]),
  ...breaks('src/database/migrations/migrate.ts', heldTables, [
    'held tables: a migration waits as long as it likes',
    'await client.query(`SET LOCAL lock_timeout = ${tableLockMs}`)',
    '',
  ]),
  ...breaks(
    'src/database/migrations/held-tables.ts',
    heldTables,
    [
      'held tables: the first wait that is too long is the last',
      'instanceof HeldTableError)) throw',
      'instanceof HeldTableError) || error) throw',
    ],
    [
      'held tables: tried without end',
      'if (performance.now() - from >= waitSeconds * 1000) {',
      'if (false as boolean) {',
    ],
    ['held tables: a deadlock is an end', "['55P03', '40P01']", "['55P03']"],
    ['held tables: nobody is named', 'if (rows.length > 0) seen = rows', ''],
    ['held tables: queries are logged', 'application_name AS name', 'query AS name'],
  ),
  ...breaks('src/database/migrations/migrate.ts', roles, [
    'roles: a missing right is a stack',
    "if (errorCode(error) !== '42501') throw error",
    'if (error) throw error',
  ]),
]
