/**
 * `npm run migrate`: applies the missing migrations, with the settings of the server. Run it where the role of the server may not change
 * tables.
 */
import { readConfig } from '../config/config.ts'
import { StartError } from '../config/start-error.ts'
import { migrate } from '../database/migrations/migrate.ts'
import { printResult } from './run-command.ts'

await printResult(async () => {
  const { databaseUrl } = readConfig()
  if (databaseUrl === undefined) throw new StartError('DATABASE_URL must be set: it names the database to migrate.')
  const applied = await migrate(databaseUrl)
  if (applied.length === 0) return 'No migration is missing.\n'
  return applied.map((name) => `Migration ${name} is applied.\n`).join('')
})
