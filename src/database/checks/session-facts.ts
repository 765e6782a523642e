/** What a session is like, whoever decided it: the server, the database, the role, the address, or a pooler in between. */
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
  /** The most connections that the server, this database and this role allow. */
  readonly most: number
  /** The connections of clients that are open now. */
  readonly used: number
}

const oldestPostgres = 15

export async function readFacts(client: Pick<ClientBase, 'query'>): Promise<Facts> {
  const { rows } = await client.query<Facts>(`SELECT
      current_setting('server_version_num')::int AS version, d.datname AS database, r.rolname AS role,
      pg_encoding_to_char(d.encoding) AS encoding, current_setting('TimeZone') AS zone, current_setting('DateStyle') AS style,
      pg_is_in_recovery() AS "isStandby", current_setting('default_transaction_read_only') = 'on' AS "isReadOnly",
      current_setting('synchronous_commit') AS commits, current_schema() AS schema,
      least(current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
          - coalesce(current_setting('reserved_connections', true), '0')::int,
        nullif(d.datconnlimit, -1), nullif(r.rolconnlimit, -1)) AS most,
      (SELECT count(*)::int FROM pg_stat_activity WHERE backend_type = 'client backend') AS used
    FROM pg_database d, pg_roles r WHERE d.datname = current_database() AND r.rolname = current_user`)
  const [facts] = rows
  if (!facts) throw new Error('Postgres does not know the database or the role of this session')
  return facts
}

/** A sentence for each fact that would make the server wrong. */
export function problemsOf(facts: Facts, address: Address): string[] {
  const { version, database, role, encoding, zone, style, isStandby, isReadOnly, commits, schema } = facts
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
      // The migrations make a schema that is not there.
      schema !== address.schema && !(schema === null && address.schema !== 'public'),
      `Tables would be in the schema ${schema === null ? 'of nobody' : `"${schema}"`} and not in "${address.schema}", because of the ` +
        `search_path. Take it back, ALTER ROLE "${role}" RESET search_path, or set DATABASE_SCHEMA.`,
    ],
  ]
  return checks.flatMap(([isWrong, sentence]) => (isWrong ? [sentence] : []))
}

const isUtc = (zone: string): boolean => ['UTC', 'Etc/UTC', 'GMT', 'Etc/GMT', 'UCT', 'Zulu', 'Universal'].includes(zone)
