/** Opens the database of the settings: the one at DATABASE_URL, or the embedded one. It applies the migrations of this build. */
import { type DatabasePlace, withParameters } from '../config/database-url.ts'
import { createDatabase, type Database } from './client.ts'
import { refuseLostCommits } from './durability.ts'
import { startEmbedded } from './embedded/embedded.ts'
import { migrate } from './migrations/migrate.ts'
import { type Around, watchStatements } from './watch-statements.ts'

type Dependencies = {
  log: (message: string) => void
  /** Called when an idle connection breaks. */
  onError: (error: Error) => void
  /** Wraps every statement. */
  around?: Around | undefined
}
export type OpenDatabase = { readonly url: string; readonly database: Database; readonly close: () => Promise<void> }

/** Rejects, with nothing left open, if the database cannot be reached or migrated, or would lose commits. */
export async function openDatabase(
  { dataDir, databaseUrl, databaseParameters }: DatabasePlace,
  { log, onError, around }: Dependencies,
): Promise<OpenDatabase> {
  const embedded = databaseUrl === undefined ? await startEmbedded({ dataDir, log }) : undefined
  const url = databaseUrl ?? withParameters(embedded?.url ?? '', databaseParameters)
  const database = createDatabase(url, onError)
  if (around) watchStatements(database.pool, around)
  const close = async () => {
    await database.close()
    await embedded?.stop()
  }
  try {
    await migrate(url, { log })
    await refuseLostCommits(database.pool)
  } catch (error) {
    await close()
    throw error
  }
  return { url, database, close }
}
