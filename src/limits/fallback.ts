/** Two stores as one. If the first does not answer, the second counts, so an outage neither stops logins nor allows unlimited guesses. */
import type { LimitStore } from './budgets.ts'

type Dependencies = {
  /** Called once for each outage of the first store. */
  onFailure: (error: unknown) => void
  /** Called once when an outage ends. */
  onRecovery: () => void
  /** For how long a store that did not answer is not asked, so that not every request waits for it. */
  restMs?: number
}

/** The stores do not share their counts, so an outage gives each key a new budget once. */
export function withFallback(first: LimitStore, second: LimitStore, dependencies: Dependencies): LimitStore {
  const { onFailure, onRecovery, restMs = 5000 } = dependencies
  let failed = false
  let restsUntil = 0

  async function either<T>(call: (store: LimitStore) => Promise<T>): Promise<T> {
    if (performance.now() < restsUntil) return call(second)
    try {
      const result = await call(first)
      if (failed) onRecovery()
      failed = false
      return result
    } catch (error) {
      if (!failed) onFailure(error)
      failed = true
      restsUntil = performance.now() + restMs
      return call(second)
    }
  }

  return {
    reserve: (key, budget) => either((store) => store.reserve(key, budget)),
    giveBack: (key, count) => either((store) => store.giveBack(key, count)),
    clear: (key) => either((store) => store.clear(key)),
  }
}
