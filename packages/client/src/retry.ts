/** Repeats requests that may succeed later. */
import { ApiError, NetworkError } from './errors.ts'

type Options = {
  attempts: number
  /** Whether a request may be repeated although the first may have arrived. Default: it may. */
  afterNoAnswer?: boolean
}

const longestWaitSeconds = 8

/**
 * Milliseconds before the next attempt, or undefined if there is none. The random part keeps many clients from returning at once.
 */
function waitBefore(attempt: number, error: unknown, afterNoAnswer: boolean): number | undefined {
  const isRefused = error instanceof ApiError
  const isWorthIt = isRefused ? error.retryable : error instanceof NetworkError && afterNoAnswer
  const askedSeconds = isRefused ? (error.retryAfterSeconds ?? 0) : 0
  if (!isWorthIt || askedSeconds > longestWaitSeconds) return undefined
  return askedSeconds * 1000 + Math.random() * 250 * 2 ** attempt
}

/** Resolves as the work does. Tries up to `attempts` times, and rejects with the last error. */
export async function retry<T>({ attempts, afterNoAnswer = true }: Options, work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      const wait = attempt < attempts ? waitBefore(attempt, error, afterNoAnswer) : undefined
      if (wait === undefined) throw error
      await new Promise((resolve) => setTimeout(resolve, wait))
    }
  }
}
