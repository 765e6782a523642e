/**
 * Notices that this process stood still: it was stopped, its machine was paused, or it computed for long. Requests that came in
 * meanwhile lay in their sockets, and their clients may have left. The clock of a paused machine may stand still too; such a pause
 * is not noticed.
 */
import { setTimeout as sleep } from 'node:timers/promises'

export type StallDetector = {
  /**
   * Resolves at once, usually. Within a second after a standstill it waits until the process has read from its sockets once more, so that
   * the caller can see which clients have left.
   */
  readonly settled: () => Promise<void>
  readonly stop: () => void
}

const lookEveryMs = 200
/** A gap of this length is a standstill. It is longer than any usual pause of the garbage collector. */
const standstillMs = 1000
const carefulForMs = 1000
const settleMs = 50

export function createStallDetector(): StallDetector {
  let lastLook = performance.now()
  let carefulUntil = 0

  // Sockets are read before timers run, so a request looks for itself.
  const look = () => {
    const now = performance.now()
    if (now - lastLook > standstillMs) carefulUntil = now + carefulForMs
    lastLook = now
    return now
  }
  const timer = setInterval(look, lookEveryMs).unref()

  return {
    async settled() {
      if (look() < carefulUntil) await sleep(settleMs)
    },
    stop: () => clearInterval(timer),
  }
}
