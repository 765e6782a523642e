/** How the process ends while the server is starting. */
import { showsStacks } from '../config/config.ts'
import { explainError } from './explain-error.ts'

/**
 * From now on, a signal ends the process at once, because no request is open yet. The first process of a container would ignore it without
 * a listener. A promise that nobody waits for ends the process with a sentence. Returns a function that ends both, once the server has
 * started.
 */
export function failQuickly(): () => void {
  const giveUp = () => process.exit(1)
  const fail = (error: unknown) => {
    process.stderr.write(`${explainError(error, { stack: showsStacks() })}\n`)
    process.exit(1)
  }
  process.once('SIGTERM', giveUp).once('SIGINT', giveUp)
  process.once('unhandledRejection', fail).once('uncaughtException', fail)
  return () => {
    process.off('SIGTERM', giveUp).off('SIGINT', giveUp)
    process.off('unhandledRejection', fail).off('uncaughtException', fail)
  }
}
