/**
 * Work that a node or a verifier repeats in the background, such as reading the key store or sending mails. One turn follows
 * the other with a pause between them, so turns never overlap.
 */

type Dependencies = {
  /** The work of one turn. */
  turn: () => Promise<void>
  /** How long the loop pauses after a turn, in milliseconds. It is asked after every turn. */
  pauseMs: () => number
  /** How long the loop pauses after a turn that failed, in milliseconds. `wake` does not shorten it. Default: a usual pause. */
  retryMs?: number
  /** The first turn waits for a pause, because the program has done the work of a turn before it starts the loop. */
  pausesFirst?: boolean
  /** Is called with the error of each failed turn, except for the turn during which the loop is stopped. */
  onError: (error: Error) => void
}

export type BackgroundLoop = {
  /** Starts the loop. A second call does nothing, and neither does a call after `stop`. */
  readonly start: () => void
  /** Ends the pause. During a turn it takes away the pause after it, because the turn may have missed the news. */
  readonly wake: () => void
  /** Starts no further turn, and resolves when the current turn is done. */
  readonly stop: () => Promise<void>
  /** Aborts at `stop`. A turn passes it on, so that a long turn ends early. */
  readonly signal: AbortSignal
}

/** Creates a loop that `start` sets in motion. Its timers keep the process alive until `stop`. */
export function createBackgroundLoop({
  turn,
  pauseMs,
  retryMs,
  pausesFirst = false,
  onError,
}: Dependencies): BackgroundLoop {
  const stopped = new AbortController()
  let running: Promise<void> | undefined
  let isWoken = false
  let isRetrying = false
  let endPause: () => void = () => {}

  function pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms)
      endPause = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  async function tryTurn(): Promise<void> {
    isWoken = false
    isRetrying = false
    try {
      await turn()
    } catch (error) {
      isRetrying = retryMs !== undefined
      if (!stopped.signal.aborted) onError(error as Error)
    }
  }

  async function run(): Promise<void> {
    if (pausesFirst) await pause(pauseMs())
    while (!stopped.signal.aborted) {
      await tryTurn()
      if (stopped.signal.aborted) return
      const ms = isRetrying && retryMs !== undefined ? retryMs : pauseMs()
      if (ms > 0 && (isRetrying || !isWoken)) await pause(ms)
    }
  }

  return {
    start(): void {
      if (!stopped.signal.aborted) running ??= run()
    },

    wake(): void {
      isWoken = true
      if (!isRetrying) endPause()
    },

    async stop(): Promise<void> {
      stopped.abort()
      endPause()
      await running
    },

    signal: stopped.signal,
  }
}
