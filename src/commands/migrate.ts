/** `countersign migrate`: applies the missing migrations. */
import { readConfig } from '../config/config.ts'
import { StartError } from '../config/start-error.ts'
import { migrate } from '../database/migrations/migrate.ts'
import { type Command, exitCodes, UsageError } from './command.ts'

const help = `Usage: countersign migrate [--json]

Applies the missing migrations to the database at DATABASE_URL, with the settings of the server. Run it where the role of
the server may not change tables. Several may run at once.

  --json  print the result as JSON: {"applied": [names]}

${exitCodes}`

export const migrateCommand: Command = {
  help,
  options: ['json'],
  async run({ words }) {
    if (words.length > 0) throw new UsageError(`\`countersign migrate\` takes no words, and got ${words.join(' ')}.`)
    const { databaseUrl } = readConfig()
    if (databaseUrl === undefined) throw new StartError('DATABASE_URL must be set: it names the database to migrate.')
    const applied = await migrate(databaseUrl)
    const lines = applied.map((name) => `Migration ${name} is applied.\n`).join('')
    return { text: lines || 'No migration is missing.\n', data: { applied } }
  },
}
