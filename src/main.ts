/** The process. Everything it needs comes from the environment; whatever keeps it from starting is told in a sentence. */
import { enableCompileCache } from 'node:module'
import { readConfig, widenThreadPool } from './config/config.ts'
import { StartError } from './config/start-error.ts'

// Before the rest is loaded: what was compiled, and stripped of types, at an earlier start is used again.
enableCompileCache()
widenThreadPool()

// A container's first process ignores signals that it has no listener for. Nothing is under way yet: just go.
const giveUp = () => process.exit(1)
process.once('SIGTERM', giveUp).once('SIGINT', giveUp)

try {
  const config = readConfig()
  const { start } = await import('./start.ts')
  await start(config)
  process.off('SIGTERM', giveUp).off('SIGINT', giveUp)
} catch (error) {
  const { message, stack } = error as Error
  process.stderr.write(`${error instanceof StartError ? message : stack}\n`)
  process.exitCode = 1
}
