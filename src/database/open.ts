/** Opens the database of the settings, at DATABASE_URL or embedded. It checks it, and applies the migrations unless a setting forbids it. */
import { type DatabasePlace, withParameters } from '../config/database-url.ts'
import { checkDatabase, refuse, refuseMissingRights } from './checks/check-database.ts'
import { untilWritable } from './checks/until-writable.ts'
import { createDatabase, type OpenDatabase } from './client.ts'
import { onOneConnection } from './connect.ts'
import { startEmbedded } from './embedded/embedded.ts'
import { migrate } from './migrations/migrate.ts'
import { refuseMissingMigrations } from './open-existing.ts'
import { refuseUnannouncedPooler } from './pooler.ts'
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
    const check = () => onOneConnection(url, (client) => checkDatabase(client, url))
    const { problems, warnings } = await untilWritable(check, { log })
    refuse(problems)
    if (!embedded) await refuseUnannouncedPooler(url, database.pool)
    for (const warning of warnings) log(warning)
    await (migrateOnStart ? migrate(url, { log }) : refuseMissingMigrations(url, place))
    await refuseMissingRights(database.pool)
  } catch (error) {
    await close()
    throw error
  }
  return { url, database, close }
}
