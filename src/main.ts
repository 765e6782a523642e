/** The process. All its settings come from the environment. If it cannot start, it prints the reason as a sentence. */
import { enableCompileCache } from 'node:module'
import { readConfig, widenThreadPool } from './config/config.ts'
import { StartError } from './config/start-error.ts'

// This comes first, so that the code that an earlier start compiled is used again.
enableCompileCache()
widenThreadPool()

// The first process of a container ignores signals without a listener. No request is open yet, so the process just exits.
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
