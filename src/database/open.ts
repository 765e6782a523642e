/** Opens the database of the settings: the one at DATABASE_URL, or the embedded one. It applies the migrations of this build, unless a setting forbids it. */
import { type DatabasePlace, withParameters } from '../config/database-url.ts'
import { createDatabase, type OpenDatabase } from './client.ts'
import { refuseLostCommits } from './durability.ts'
import { startEmbedded } from './embedded/embedded.ts'
import { migrate } from './migrations/migrate.ts'
import { refuseMissingMigrations } from './open-existing.ts'
import { type Around, watchStatements } from './watch-statements.ts'

type Dependencies = {
  log: (message: string) => void
  /** Called when an idle connection breaks. */
  onError: (error: Error) => void
  /** Wraps every statement. */
  around?: Around | undefined
}

/** Rejects, with nothing left open, if the database cannot be reached or migrated, or would lose commits. */
export async function openDatabase(
  place: DatabasePlace,
  { log, onError, around }: Dependencies,
): Promise<OpenDatabase> {
  const { dataDir, databaseUrl, databaseParameters, migrateOnStart = true } = place
  const embedded = databaseUrl === undefined ? await startEmbedded({ dataDir, log }) : undefined
  const url = databaseUrl ?? withParameters(embedded?.url ?? '', databaseParameters)
  const database = createDatabase(url, onError)
  if (around) watchStatements(database.pool, around)
  const close = async () => {
    await database.close()
    await embedded?.stop()
  }
  try {
    await (migrateOnStart ? migrate(url, { log }) : refuseMissingMigrations(url, place))
    await refuseLostCommits(database.pool)
  } catch (error) {
    await close()
    throw error
  }
  return { url, database, close }
}
