/** The settings of a session, as the server, the database, the role, the address or a pooler in between have made them. */
import type { ClientBase } from 'pg'
import type { Address } from '../address.ts'

export type Facts = {
  readonly version: number
  readonly database: string
  readonly role: string
  readonly encoding: string
  readonly zone: string
  readonly style: string
  readonly isStandby: boolean
  readonly isReadOnly: boolean
  readonly commits: string
  /** The schema in which a table without one is made. Null if the search path leads to none. */
  readonly schema: string | null
  /** Whether the schema of the settings is there. The migrations make it otherwise. */
  readonly isSchemaThere: boolean
  readonly mayUseSchema: boolean
  readonly isolation: string
  /** How many more connections the server, this database and this role allow. */
  readonly free: number
}

const oldestPostgres = 15

export async function readFacts(client: Pick<ClientBase, 'query'>, schema: string): Promise<Facts> {
  const { rows } = await client.query<Facts>(
    `SELECT current_setting('server_version_num')::int AS version, d.datname AS database, r.rolname AS role,
      pg_encoding_to_char(d.encoding) AS encoding, current_setting('TimeZone') AS zone, current_setting('DateStyle') AS style,
      pg_is_in_recovery() AS "isStandby", current_setting('default_transaction_read_only') = 'on' AS "isReadOnly",
      current_setting('synchronous_commit') AS commits, current_setting('default_transaction_isolation') AS isolation,
      current_schema() AS schema, to_regnamespace($1) IS NOT NULL AS "isSchemaThere",
      coalesce(has_schema_privilege(to_regnamespace($1)::oid, 'USAGE'), true) AS "mayUseSchema",
      least(
        current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
          - coalesce(current_setting('reserved_connections', true), '0')::int
          - (SELECT sum(numbackends)::int FROM pg_stat_database),
        nullif(d.datconnlimit, -1) - (SELECT numbackends FROM pg_stat_database WHERE datname = d.datname),
        nullif(r.rolconnlimit, -1) - (SELECT count(*)::int FROM pg_stat_activity WHERE usename = r.rolname)) AS free
    FROM pg_database d, pg_roles r WHERE d.datname = current_database() AND r.rolname = current_user`,
    [schema],
  )
  const [facts] = rows
  if (!facts) throw new Error('Postgres does not know the database or the role of this session')
  return facts
}

/** A sentence for each fact that would make the server wrong. */
export function problemsOf(facts: Facts, address: Address): string[] {
  const { version, database, role, encoding, zone, style, isStandby, isReadOnly, commits, schema } = facts
  const { isSchemaThere, mayUseSchema, isolation } = facts
  const major = Math.floor(version / 10_000)
  const pooler = 'although the server asks for it, so a pooler in between drops it'
  const checks: readonly (readonly [isWrong: boolean, sentence: string])[] = [
    [major < oldestPostgres, `This is Postgres ${major}; Countersign needs Postgres ${oldestPostgres} or newer.`],
    [
      encoding !== 'UTF8',
      `The database "${database}" has the encoding ${encoding}, which cannot hold every name. Make another one: ` +
        `CREATE DATABASE name ENCODING 'UTF8' TEMPLATE template0.`,
    ],
    [
      !isUtc(zone),
      `Sessions do not have the time zone UTC ${pooler}. Set it for the role: ALTER ROLE "${role}" SET TimeZone = 'UTC'.`,
    ],
    [
      !style.startsWith('ISO'),
      `Sessions do not have the date style ISO ${pooler}. Set it for the role: ALTER ROLE "${role}" SET DateStyle = 'ISO'.`,
    ],
    [
      isStandby,
      'Postgres is a standby, which only reads. DATABASE_URL must lead to the primary, also after a failover.',
    ],
    [
      !isStandby && isReadOnly,
      `Nothing can be written, because default_transaction_read_only is on. Take it back where it was set: ` +
        `ALTER DATABASE "${database}" RESET default_transaction_read_only, or ALTER ROLE "${role}" RESET default_transaction_read_only.`,
    ],
    [
      commits === 'off',
      'Postgres has synchronous_commit=off for this database: what it has confirmed would be lost if it crashed. ' +
        'Set it to on (or local, remote_write, remote_apply), for the server, or for this role or database alone: ' +
        'ALTER DATABASE name SET synchronous_commit = on.',
    ],
    [
      isolation !== 'read committed',
      `Transactions have the isolation ${isolation}, in which logins at the same moment fail. Take it back for the role: ` +
        `ALTER ROLE "${role}" SET default_transaction_isolation = 'read committed'.`,
    ],
    [
      isSchemaThere && !mayUseSchema,
      `The role may not use the schema "${address.schema}". Run, as the owner: GRANT USAGE ON SCHEMA "${address.schema}" TO "${role}".`,
    ],
    [
      isSchemaThere && mayUseSchema && schema !== address.schema,
      `Tables would be in the schema ${schema === null ? 'of nobody' : `"${schema}"`} and not in "${address.schema}". ` +
        (address.schema === 'public'
          ? `Take back the search_path, ALTER ROLE "${role}" RESET search_path, or set DATABASE_SCHEMA.`
          : `Behind a pooler, the role must set it: ALTER ROLE "${role}" SET search_path = "${address.schema}".`),
    ],
  ]
  return checks.flatMap(([isWrong, sentence]) => (isWrong ? [sentence] : []))
}

const isUtc = (zone: string): boolean => ['UTC', 'Etc/UTC', 'GMT', 'Etc/GMT', 'UCT', 'Zulu', 'Universal'].includes(zone)
