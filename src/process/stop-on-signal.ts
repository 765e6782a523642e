/** Stops the server when the process is told to end. */
import closeWithGrace from 'close-with-grace'
import { isNpmStart } from '../config/config.ts'

type Dependencies = {
  /** After so many milliseconds, the process ends all the same. */
  readonly delay: number
  readonly logger: { error(message: unknown): void }
  readonly close: () => Promise<void>
}

// Ctrl-C reaches npm and the server, and npm passes it on. So the server gets it twice at once, and this is no impatient second Ctrl-C.
const sameSignalMs = 1000
const lookAtParentMs = 100

/**
 * Calls `close` at the first signal or unhandled error, and then ends the process. A second signal ends it at once. Under `npm start`, the
 * end of the parent counts as a signal, because npm passes SIGTERM to a shell only, and that shell keeps it. Returns a function that ends
 * all this.
 */
export function stopOnSignal({ delay, logger, close }: Dependencies): () => void {
  if (!isNpmStart()) return closeWithGrace({ delay, logger }, close).uninstall
  const graceful = closeWithGrace({ delay, logger, skip: ['SIGINT', 'SIGTERM'] }, close)
  const parent = process.ppid
  let stopping: number | undefined
  const stop = () => {
    if (stopping === undefined) {
      stopping = performance.now()
      graceful.close()
    } else if (performance.now() - stopping > sameSignalMs) {
      logger.error('a second signal, exiting')
      process.exit(1)
    }
  }
  process.on('SIGINT', stop).on('SIGTERM', stop)
  const watch = setInterval(() => {
    if (process.ppid !== parent && stopping === undefined) stop()
  }, lookAtParentMs).unref()
  return () => {
    clearInterval(watch)
    process.off('SIGINT', stop).off('SIGTERM', stop)
    graceful.uninstall()
  }
}
