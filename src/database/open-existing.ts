/** Opens the database as it is, for the commands of operators: they make no database and apply no migration. */
import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { type DatabasePlace, withParameters } from '../config/database-url.ts'
import { StartError } from '../config/start-error.ts'
import { createDatabase, type OpenDatabase } from './client.ts'
import { onOneConnection } from './connect.ts'
import { startEmbedded } from './embedded/embedded.ts'
import { compareMigrations } from './migrations/migration-ledger.ts'

export type FoundDatabase = { readonly url: string; readonly close: () => Promise<void> }

/** Nobody has made a database. */
export class NoDatabaseError extends StartError {
  override readonly name = 'NoDatabaseError'
}

/**
 * The database at DATABASE_URL, or the embedded one, which is started if it does not run. Without either, throws a NoDatabaseError and
 * makes none.
 */
export async function findDatabase({
  dataDir,
  databaseUrl,
  databaseParameters,
}: DatabasePlace): Promise<FoundDatabase> {
  if (databaseUrl !== undefined) return { url: databaseUrl, close: async () => {} }
  const made = await access(join(dataDir, 'postgres', 'PG_VERSION')).then(
    () => true,
    () => false,
  )
  if (!made) {
    throw new NoDatabaseError(
      `There is no database yet: DATABASE_URL is unset, and ${dataDir} holds none. Start the server once, with \`npm start\` or ` +
        '`countersign start`, which makes one. Then run this command again.',
    )
  }
  const { url, stop } = await startEmbedded({ dataDir })
  return { url: withParameters(url, databaseParameters), close: stop }
}

/** What an operator does about migrations that are missing. */
export function missingMigrations(
  missing: readonly string[],
  { databaseUrl, migrateOnStart = true }: DatabasePlace,
): string {
  const starting = databaseUrl === undefined ? 'Start the server' : 'Run `countersign migrate`, or start the server'
  const cure = migrateOnStart
    ? starting
    : 'Run `countersign migrate`: a start does not, because of MIGRATE_ON_START=off'
  const count = missing.length === 1 ? 'One migration is' : `${missing.length} migrations are`
  return `The tables of this database are missing or behind this version. ${count} missing, from ${missing[0]} on. ${cure}.`
}

/** Throws a StartError if the tables are behind this version. Changes nothing. */
export async function refuseMissingMigrations(url: string, place: DatabasePlace): Promise<void> {
  const { missing } = await onOneConnection(url, compareMigrations)
  if (missing.length > 0) throw new StartError(missingMigrations(missing, place))
}

/** Rejects with a StartError, with nothing left open and nothing changed, if there is no database or its tables are behind this version. */
export async function openExisting(place: DatabasePlace): Promise<OpenDatabase> {
  const { url, close } = await findDatabase(place)
  try {
    await refuseMissingMigrations(url, place)
  } catch (error) {
    await close()
    throw error
  }
  const database = createDatabase(url, () => {})
  return {
    url,
    database,
    close: async () => {
      await database.close()
      await close()
    },
  }
}
