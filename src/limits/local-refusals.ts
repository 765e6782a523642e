/**
 * Answers from memory what this node knows already. Of many attempts at one key, one at a time asks the store. A refusal is repeated here for
 * a second. So a flood of guesses costs the store one query a second, and no connection waits.
 */
import type { Budget, LimitStore, Reservation } from './budgets.ts'

/** Times by the clock. */
type Refusal = { readonly nextAt: number; readonly knownUntil: number }
type Turn = { last: Promise<unknown>; failure?: { readonly error: unknown } }

// Another node may accept the right password meanwhile, so a refusal is known for a second only.
const knownMs = 1000
const mostKnown = 10_000
// A failure of the database must be reported within two seconds.
const patienceMs = 1000

/** The same store, asked less often. `clock` counts milliseconds and never goes back. */
export function withLocalRefusals(store: LimitStore, clock: () => number): LimitStore {
  const refusals = new Map<string, Refusal>()
  const turns = new Map<string, Turn>()

  function refusedHere(name: string): Reservation | undefined {
    const refusal = refusals.get(name)
    const now = clock()
    if (refusal && now < Math.min(refusal.nextAt, refusal.knownUntil)) {
      return { allowed: false, waitSeconds: (refusal.nextAt - now) / 1000, first: false }
    }
    refusals.delete(name)
    return undefined
  }

  async function ask(name: string, key: Buffer, budget: Budget): Promise<Reservation> {
    const known = refusedHere(name)
    if (known) return known
    const reservation = await store.reserve(key, budget)
    if (!reservation.allowed) {
      const now = clock()
      if (refusals.size >= mostKnown) refusals.clear()
      refusals.set(name, { nextAt: now + reservation.waitSeconds * 1000, knownUntil: now + knownMs })
    }
    return reservation
  }

  /** Asks after all earlier attempts at this key. If one of them failed, an attempt that has waited for long fails too, without another query. */
  async function inTurn(name: string, key: Buffer, budget: Budget): Promise<Reservation> {
    const since = clock()
    const turn = turns.get(name) ?? { last: Promise.resolve() }
    turns.set(name, turn)
    const mine = turn.last.then(async () => {
      if (turn.failure && clock() - since >= patienceMs) throw turn.failure.error
      return ask(name, key, budget)
    })
    const settled = mine
      .catch((error: unknown) => void (turn.failure = { error }))
      .finally(() => {
        if (turn.last === settled) turns.delete(name)
      })
    turn.last = settled
    return mine
  }

  const nameOf = (key: Buffer) => key.toString('base64')

  return {
    reserve: (key, budget) => inTurn(nameOf(key), key, budget),
    giveBack: (key, count) => {
      refusals.delete(nameOf(key))
      return store.giveBack(key, count)
    },
    clear: (key) => {
      refusals.delete(nameOf(key))
      return store.clear(key)
    },
  }
}
