/**
 * The migrations of this build, and the table `_prisma_migrations` of those that a database has had. The table is exactly the
 * one that `prisma migrate deploy` makes and reads.
 */
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ClientBase } from 'pg'
import { StartError } from '../../config/start-error.ts'

export interface Migration {
  readonly name: string
  readonly script: string
}

export interface LedgerRow {
  readonly name: string
  readonly checksum: string
  readonly finished: boolean
}

const LEDGER = `
CREATE TABLE _prisma_migrations (
    id                      VARCHAR(36) PRIMARY KEY NOT NULL,
    checksum                VARCHAR(64) NOT NULL,
    finished_at             TIMESTAMPTZ,
    migration_name          VARCHAR(255) NOT NULL,
    logs                    TEXT,
    rolled_back_at          TIMESTAMPTZ,
    started_at              TIMESTAMPTZ NOT NULL DEFAULT now(),
    applied_steps_count     INTEGER NOT NULL DEFAULT 0
)`

// The path is the same from src/database/migrations and from dist/database/migrations.
export const ownMigrations = fileURLToPath(new URL('../../../prisma/migrations', import.meta.url))

/** The migrations in a folder, in their order. */
export async function readMigrations(dir: string): Promise<Migration[]> {
  const folders = (await readdir(dir, { withFileTypes: true })).filter((entry) => entry.isDirectory())
  const names = folders.map(({ name }) => name).toSorted()
  return Promise.all(
    names.map(async (name) => ({ name, script: await readFile(join(dir, name, 'migration.sql'), 'utf8') })),
  )
}

/** The checksum of a script, as it is stored in the table. */
export const checksum = (script: string): string => createHash('sha256').update(script).digest('hex')

/** Whether the table of migrations is there. */
export async function hasLedger(client: Pick<ClientBase, 'query'>): Promise<boolean> {
  const { rows } = await client.query<{ there: boolean }>(
    `SELECT to_regclass('_prisma_migrations') IS NOT NULL AS there`,
  )
  return rows[0]?.there === true
}

/** The names of the migrations that a database lacks, and of those that this build does not know. Changes nothing. */
export async function compareMigrations(
  client: ClientBase,
): Promise<{ readonly missing: readonly string[]; readonly unknown: readonly string[] }> {
  const own = new Set((await readMigrations(ownMigrations)).map(({ name }) => name))
  const done = new Set((await hasLedger(client)) ? (await readLedger(client)).map(({ name }) => name) : [])
  return { missing: [...own.difference(done)], unknown: [...done.difference(own)] }
}

/** The migrations of a database, oldest first. Creates the table if there is none. */
export async function readLedger(client: ClientBase): Promise<LedgerRow[]> {
  // The table is looked up first. CREATE, even with IF NOT EXISTS, needs a right that the role may lack when nothing is left to do.
  if (!(await hasLedger(client))) await client.query(LEDGER)
  const ledger = await client.query<LedgerRow>(
    `SELECT migration_name AS name, checksum, finished_at IS NOT NULL AS finished
     FROM _prisma_migrations WHERE rolled_back_at IS NULL ORDER BY started_at`,
  )
  return ledger.rows
}

/** Throws a StartError if a migration is unfinished, or was edited after it was applied. */
export function refuseUnsound(migrations: readonly Migration[], ledger: readonly LedgerRow[]): void {
  const failed = ledger.find(({ finished }) => !finished)
  if (failed) {
    throw new StartError(
      `Migration ${failed.name} was begun, as by \`prisma migrate deploy\`, and did not finish. Repair the database by ` +
        `hand, then run \`prisma migrate resolve --rolled-back ${failed.name}\`, or \`--applied ${failed.name}\`.`,
    )
  }
  for (const { name, script } of migrations) {
    const row = ledger.find((candidate) => candidate.name === name)
    // Git may change line endings on a checkout. Prisma also accepts both kinds.
    const unix = script.replaceAll('\r\n', '\n')
    const forms = [script, unix, unix.replaceAll('\n', '\r\n')].map(checksum)
    if (!row || forms.includes(row.checksum)) continue
    throw new StartError(
      `Migration ${name} was edited after it was applied to this database. Put the file back as it was, ` +
        'and make the change in a new migration.',
    )
  }
}
