/** The process. Everything it needs comes from the environment; whatever keeps it from starting is told in a sentence. */
import { enableCompileCache } from 'node:module'
import { ConfigError, readConfig } from './config.ts'

// Before the rest is loaded: what was compiled, and stripped of types, at an earlier start is used again.
enableCompileCache()

// What an operator can mend; a stack would only hide the sentence.
const mendable = ['WrongSecretError', 'MigrationError']

try {
  const config = readConfig()
  const { start } = await import('./start.ts')
  await start(config)
} catch (error) {
  const { name, message, stack } = error as Error
  process.stderr.write(`${error instanceof ConfigError || mendable.includes(name) ? message : stack}\n`)
  process.exitCode = 1
}
