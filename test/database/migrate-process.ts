/** A process that migrates a database. The test kills it in the middle. */
import { migrate } from '../../src/database/migrations/migrate.ts'

const [url = '', migrationsDir = ''] = process.argv.slice(2)
await migrate(url, { migrationsDir })
