/**
 * Seals the secrets of authenticator apps again under the server secret in force, in the background, so that an older server secret can be
 * dropped. Every node does it. Two nodes that replace one text at once do no harm: both texts are good, and one of them stays.
 */
import { createBackgroundLoop } from '../../clock/background-loop.ts'
import type { ResealStore } from './reseal-store.ts'
import type { TotpSeal } from './seal-totp.ts'

type Dependencies = {
  store: ResealStore
  seal: Pick<TotpSeal, 'open' | 'prefixInForce'>
  /** Called after a round that sealed something again, or that found texts which no secret of this node opens. */
  onResealed: (round: Round) => void
  /** Called for failures. The rest is tried again a minute later. */
  onError: (error: Error) => void
  everyMs?: number
}

/** `lost` is the number of texts that no secret of this node opens. */
export type Round = { readonly resealed: number; readonly lost: number }

export type Resealing = {
  /** Starts the loop: a round about every minute, until one finds nothing to do. */
  readonly start: () => void
  /** Runs one round now. */
  readonly round: () => Promise<Round>
  /** Resolves when the present round, if any, has ended. */
  readonly stop: () => Promise<void>
}

const atOnce = 100

export function createResealing(dependencies: Dependencies): Resealing {
  const { store, seal, onResealed, onError, everyMs = 60_000 } = dependencies
  /** How texts begin of which none is left to seal again. */
  let finished: string | undefined

  async function round(): Promise<Round> {
    let resealed = 0
    let lost = 0
    let after: string | undefined
    for (;;) {
      const page = await store.older(seal.prefixInForce(), after, atOnce)
      for (const { id, sealed } of page) {
        const to = (await seal.open(sealed))?.resealed
        if (to === undefined) lost++
        else {
          await store.replace(id, sealed, to)
          resealed++
        }
      }
      after = page.at(-1)?.id
      if (page.length < atOnce || loop.signal.aborted) return { resealed, lost }
    }
  }

  async function turn(): Promise<void> {
    const prefix = seal.prefixInForce()
    if (prefix === finished) return
    const done = await round()
    if (done.resealed > 0 || done.lost > 0) onResealed(done)
    // Another node may have sealed something under the older secret just before it noticed the change. The next round finds that.
    if (done.resealed === 0) finished = prefix
  }

  // The length of the pause is random, so that nodes that were started in the same moment do not stay in step.
  const loop = createBackgroundLoop({ turn, pauseMs: () => everyMs * (0.5 + Math.random()), onError })
  return { start: loop.start, round, stop: loop.stop }
}
