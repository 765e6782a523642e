/** Two stores as one: where the first does not answer, the second counts. So its outage neither stops logins nor frees guesses. */
import type { LimitStore } from './budgets.ts'

type Options = {
  /** Hears once of each outage of the first store, and once of its end. */
  onFailure: (error: unknown) => void
  onRecovery: () => void
  /** For how long a store that did not answer is left alone, so that not every request waits for it. */
  restMs?: number
}

/** What was counted in one is not known to the other: an outage gives each key a new budget, once. */
export function withFallback(first: LimitStore, second: LimitStore, options: Options): LimitStore {
  const { onFailure, onRecovery, restMs = 5000 } = options
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
