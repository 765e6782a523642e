/** While no request reaches the server, asks for it from time to time, so that an app learns when it is back. */
type Dependencies = {
  /** Sends a request. Rejects if no answer comes. */
  ask: () => Promise<unknown>
  /** Whether an app wants to know. */
  isWatched: () => boolean
}

const firstWaitMs = 2000
const longestWaitMs = 30_000

export function createRecovery({ ask, isWatched }: Dependencies) {
  let timer: ReturnType<typeof setTimeout> | undefined
  let waitMs = firstWaitMs

  function stop(): void {
    clearTimeout(timer)
    timer = undefined
    waitMs = firstWaitMs
  }

  async function askNow(): Promise<void> {
    try {
      if (isWatched()) await ask()
      stop()
    } catch {
      timer = undefined
      start()
    }
  }

  /** Asks after a while, and then again and again until an answer comes. */
  function start(): void {
    if (timer !== undefined) return
    // The random part keeps many clients from returning at once.
    timer = setTimeout(() => void askNow(), waitMs * (0.5 + Math.random()))
    // In Node, a timer would keep the process alive.
    if (typeof timer === 'object') timer.unref()
    waitMs = Math.min(waitMs * 2, longestWaitMs)
  }

  return {
    start,
    stop,
    /** The page is shown again, or the browser says that the network is back. */
    hurry(): void {
      if (timer === undefined) return
      clearTimeout(timer)
      void askNow()
    },
  }
}
