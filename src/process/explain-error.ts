/** Says to an operator why the process ends. */
import { StartError } from '../config/start-error.ts'

/**
 * The reason as a sentence. A StartError is such a sentence. Anything else is a mistake of ours: it gets its name and message, and its stack
 * if `stack` is set.
 */
export function explainError(error: unknown, { stack = false } = {}): string {
  if (error instanceof StartError) return error.message
  const { name, message, stack: trace } = error instanceof Error ? error : new Error(String(error))
  if (stack && trace) return trace
  return `An unexpected error: ${name}: ${message}. With LOG_LEVEL=debug, the place in the code is printed too.`
}
