/** Waiting for a node to learn of a revocation. */
import { whoami } from './client.ts'

/** No node accepts a revoked token for longer, whatever has failed, once it reaches the database. */
export const promisedMs = 3000

export const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

/** Milliseconds until a node denies the token; rejects when that takes longer than `withinMs`. */
export async function untilDenied({ baseUrl }: { baseUrl: string }, token: string, withinMs = promisedMs) {
  const from = performance.now()
  while ((await whoami(baseUrl, token)).status !== 401) {
    if (performance.now() - from > withinMs) throw new Error(`still let in after ${withinMs} ms`)
    await pause(1)
  }
  return Math.round(performance.now() - from)
}
