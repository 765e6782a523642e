/** What every command has in common: the server's settings, its database, a sentence on stderr and a status of 1 on failure. */
import { type Config, readConfig } from '../config/config.ts'
import { serverSecrets } from '../config/generated-secret.ts'
import { StartError } from '../config/start-error.ts'
import type { Database } from '../database/client.ts'
import { openDatabase } from '../database/open.ts'

type Dependencies = {
  readonly config: Config
  readonly database: Database
  readonly secrets: readonly string[]
  /** What stands behind the command's name. */
  readonly args: readonly string[]
}

/** Prints what the work comes to. A StartError is told by its message, anything else with its stack. */
export async function runCommand(work: (given: Dependencies) => Promise<string>): Promise<void> {
  try {
    const config = readConfig()
    const secrets = await serverSecrets(config)
    const { database, close } = await openDatabase(config, { log: () => {}, onError: () => {} })
    try {
      process.stdout.write(await work({ config, database, secrets, args: process.argv.slice(2) }))
    } finally {
      await close()
    }
  } catch (error) {
    const { message, stack } = error as Error
    process.stderr.write(`${error instanceof StartError ? message : stack}\n`)
    process.exitCode = 1
  }
}
