/**
 * Brings a database to the schema of this build. A migration and its row in the table of migrations are one transaction, so a
 * crash leaves neither. The table, its checksums and the lock are those of Prisma, so `prisma migrate` can take over at any time.
 */
import { randomUUID } from 'node:crypto'
import { type Client, DatabaseError } from 'pg'
import { StartError } from '../../config/start-error.ts'
import { readAddress } from '../address.ts'
import { checkDatabase, refuse } from '../checks/check-database.ts'
import { connect, onOneConnection } from '../connect.ts'
import { errorCode } from '../error-code.ts'
import { createSession } from '../session-client.ts'
import { sql, toQuery } from '../sql.ts'
import { HeldTableError, isHeld, untilTablesAreFree, watchHolders } from './held-tables.ts'
import { ensureSchema, scriptIn } from './in-schema.ts'
import {
  checksum,
  type Migration,
  ownMigrations,
  readLedger,
  readMigrations,
  refuseUnsound,
} from './migration-ledger.ts'

export interface MigrateOptions {
  readonly migrationsDir?: string
  readonly log?: (message: string) => void
  /** How long to wait for another node that migrates, and how long to try again while other transactions hold the tables. */
  readonly lockWaitSeconds?: number
  /**
   * How long one statement of a migration may wait for a table. The statements of running nodes wait behind it, so it must be shorter than
   * their own limit.
   */
  readonly tableLockMs?: number
}

const PRISMA_LOCK = 72_707_369

/**
 * Applies the missing migrations and returns their names, oldest first. Any number of nodes may call it at once. Throws a StartError if a
 * migration fails, if the role may not apply it, or if it was edited after it was applied, if `prisma migrate deploy` left one unfinished,
 * if Postgres is too old, or if locks are not released in time. Nothing more is changed then.
 */
export async function migrate(connectionString: string, options: MigrateOptions = {}): Promise<readonly string[]> {
  const { migrationsDir = ownMigrations, log = () => {}, lockWaitSeconds = 60, tableLockMs = 1000 } = options
  const { schema } = readAddress(connectionString)
  const migrations = await readMigrations(migrationsDir)
  // On a connection of its own: a session that has looked for the table of migrations in vain may not see it when another node makes it.
  const check = (session: Client) => checkDatabase(session, connectionString, migrations)
  refuse((await onOneConnection(connectionString, check)).problems)
  const client = createSession(connectionString, {
    connectionTimeoutMillis: 10_000,
    application_name: 'countersign migrate',
  })
  client.on('error', () => {}) // The query under way fails with the same error.
  try {
    await connect(client)
    await ensureSchema(client, schema).catch(explainMissingRight)
    // Without this, a statement and its lock outlive a killed process. Not every platform supports it.
    await client.query(`SET client_connection_check_interval = '1s'`).catch(() => {})
    const watch = (pid: number) => watchHolders(connectionString, pid)
    const applied: string[] = []
    let logAhead = log
    const attempt = () =>
      inTransaction(client, async () => {
        await lock(client, lockWaitSeconds)
        await client.query(`SET LOCAL lock_timeout = ${tableLockMs}`)
        const next = await findNext(client, migrations, logAhead)
        logAhead = () => {}
        if (next) await apply(client, next, { schema, watch })
        return next?.name
      })
    for (;;) {
      const trying = { log, waitSeconds: lockWaitSeconds }
      const name = await untilTablesAreFree(attempt, trying).catch(explainMissingRight)
      if (name === undefined) return applied
      log(`migration ${name} applied`)
      applied.push(name)
    }
  } finally {
    await client.end().catch(() => {})
  }
}

async function findNext(
  client: Client,
  migrations: readonly Migration[],
  log: (message: string) => void,
): Promise<Migration | undefined> {
  const ledger = await readLedger(client)
  refuseUnsound(migrations, ledger)
  const done = new Set(ledger.map(({ name }) => name))
  const unknown = [...done.difference(new Set(migrations.map(({ name }) => name)))]
  if (unknown.length > 0)
    log(`the database is ahead of this build, which is fine in a rolling deploy: ${unknown.join(', ')}`)
  return migrations.find(({ name }) => !done.has(name))
}

async function apply(
  client: Client,
  { name, script }: Migration,
  { schema, watch }: { schema: string; watch: (pid: number) => () => Promise<string> },
): Promise<void> {
  // now() is the start of the transaction, before it waited for the lock. Prisma sorts by this column, so it needs clock_timestamp().
  const { rows } = await client.query<{ id: string; transaction: string; pid: number }>(
    toQuery(sql`INSERT INTO _prisma_migrations (id, checksum, migration_name, started_at)
      VALUES (${randomUUID()}, ${checksum(script)}, ${name}, clock_timestamp())
      RETURNING id, pg_current_xact_id()::text AS transaction, pg_backend_pid() AS pid`),
  )
  const endWatch = watch(rows[0]?.pid ?? 0)
  try {
    await client.query(scriptIn(schema, script))
  } catch (error) {
    if (isHeld(error)) throw new HeldTableError(name, { holders: await endWatch(), cause: error })
    throw new StartError(`Migration ${name} failed and was rolled back: ${inWords(error, script)}`, { cause: error })
  } finally {
    void endWatch()
  }
  const { rowCount } = await client.query(
    toQuery(sql`UPDATE _prisma_migrations SET finished_at = clock_timestamp(), applied_steps_count = 1
      WHERE id = ${rows[0]?.id} AND pg_current_xact_id()::text = ${rows[0]?.transaction}`),
  )
  if (rowCount !== 1) {
    throw new StartError(
      `Migration ${name} ended its transaction: take COMMIT and ROLLBACK out of it, and repair the database.`,
    )
  }
}

/** Postgres refuses the first write of a role that may not migrate. */
function explainMissingRight(error: unknown): never {
  if (errorCode(error) !== '42501') throw error
  throw new StartError(
    'A migration is missing, and the role in DATABASE_URL may not apply it. Run `npm run migrate` with a DATABASE_URL of the ' +
      'owner of the database, and grant its new tables to this role.',
    { cause: error },
  )
}

async function lock(client: Client, waitSeconds: number): Promise<void> {
  // A role or a database may set timeouts of its own. A migration may take longer.
  await client.query(`SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = ${Math.ceil(waitSeconds * 1000)}`)
  try {
    // The lock belongs to the transaction and not to the connection, because a pooler may share the connection.
    await client.query(toQuery(sql`SELECT pg_advisory_xact_lock(${PRISMA_LOCK})`))
  } catch (error) {
    if (errorCode(error) !== '55P03') throw error
    throw new StartError(
      `Another node has been migrating this database for ${waitSeconds} s. Let it finish, then start again; ` +
        `pg_locks shows who holds advisory lock ${PRISMA_LOCK}.`,
      { cause: error },
    )
  }
}

async function inTransaction<T>(client: Client, work: () => Promise<T>): Promise<T> {
  // The role may have another default. After the wait for the lock, the transaction must read the latest rows.
  await client.query('BEGIN ISOLATION LEVEL READ COMMITTED')
  try {
    const result = await work()
    await client.query('COMMIT')
    return result
  } catch (error) {
    await client.query('ROLLBACK').catch(() => {}) // A lost connection has rolled back by itself.
    throw error
  }
}

function inWords(error: unknown, script: string): string {
  if (!(error instanceof DatabaseError)) return String(error)
  const line = error.position && script.slice(0, Number(error.position)).split('\n').length
  const where = line ? ` at line ${line}` : ''
  const more = [error.detail, error.hint].filter(Boolean).map((text) => ` (${text})`)
  return `${error.message}${where}${more.join('')} [${error.code}]`
}
