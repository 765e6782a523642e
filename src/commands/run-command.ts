/** Runs a command with the settings and the database of the server. A failure is a sentence on stderr and an exit status of 1. */
import { type Config, readConfig } from '../config/config.ts'
import { serverSecrets } from '../config/generated-secret.ts'
import { StartError } from '../config/start-error.ts'
import type { Database } from '../database/client.ts'
import { openDatabase } from '../database/open.ts'

type Dependencies = {
  readonly config: Config
  readonly database: Database
  readonly secrets: readonly string[]
  /** The arguments after the name of the command. */
  readonly args: readonly string[]
}

/** Prints the result of the work. A StartError is printed without its stack. */
export async function printResult(work: () => Promise<string>): Promise<void> {
  try {
    process.stdout.write(await work())
  } catch (error) {
    const { message, stack } = error as Error
    process.stderr.write(`${error instanceof StartError ? message : stack}\n`)
    process.exitCode = 1
  }
}

/** Opens the database for the work, and prints its result. */
export const runCommand = (work: (dependencies: Dependencies) => Promise<string>): Promise<void> =>
  printResult(async () => {
    const config = readConfig()
    const secrets = await serverSecrets(config)
    const { database, close } = await openDatabase(config, { log: () => {}, onError: () => {} })
    try {
      return await work({ config, database, secrets, args: process.argv.slice(2) })
    } finally {
      await close()
    }
  })
