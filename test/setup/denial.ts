/** Waits until a node denies a token. */
import { whoami } from './client.ts'

/** The promised time after which no node that reaches the database accepts a revoked token. Fault tests check it. */
export const promisedMs = 3000
// Long enough for a busy machine. Most tests check whether a node denies the token, not how soon.
const patientMs = 60_000

export const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

/** The milliseconds until a node denies the token. Rejects after `withinMs`. */
export async function untilDenied({ baseUrl }: { baseUrl: string }, token: string, withinMs = patientMs) {
  const from = performance.now()
  while ((await whoami(baseUrl, token)).status !== 401) {
    if (performance.now() - from > withinMs) throw new Error(`still let in after ${withinMs} ms`)
    await pause(5)
  }
  return Math.round(performance.now() - from)
}
