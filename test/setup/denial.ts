/** Waiting for a node to learn of a revocation. */
import { whoami } from './client.ts'

/** No node accepts a revoked token for longer, whatever has failed, once it reaches the database. Tests of faults hold it. */
export const promisedMs = 3000
// Long enough for a machine that does ten other things: the other tests ask whether a node learns of it, not how soon.
const patientMs = 60_000

export const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

/** Milliseconds until a node denies the token; rejects when that takes longer than `withinMs`. */
export async function untilDenied({ baseUrl }: { baseUrl: string }, token: string, withinMs = patientMs) {
  const from = performance.now()
  while ((await whoami(baseUrl, token)).status !== 401) {
    if (performance.now() - from > withinMs) throw new Error(`still let in after ${withinMs} ms`)
    await pause(5)
  }
  return Math.round(performance.now() - from)
}
