/** Waits until a node denies a token. */
import { whoami } from './client.ts'

/**
 * The promised time after which no node that reaches the database accepts a revoked token. Fault tests check it. On a machine that does other
 * work a node may be later. A node that waits for a notification, or for an answer that never comes, is later than even that.
 */
export const promisedMs = process.env['NO_OTHER_WORK'] === undefined ? 12_000 : 3000
// Long enough for a busy machine. Most tests check whether a node denies the token, not how soon.
const patientMs = 60_000
// A look takes a few milliseconds. If it takes longer than this, the machine did other work, for which the node can do nothing.
const longestLookMs = 400

export const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

/**
 * The milliseconds until the condition holds. A look that takes long counts as one of 400 ms, so that a pause of this machine is not taken for a
 * delay of the server. Rejects after a minute.
 */
export async function timeUntil(holds: () => Promise<boolean>): Promise<number> {
  const from = performance.now()
  let passed = 0
  for (let last = from; ; await pause(5)) {
    const isSo = await holds()
    const now = performance.now()
    passed += Math.min(now - last, longestLookMs)
    last = now
    if (isSo) return Math.round(passed)
    if (now - from > patientMs) throw new Error(`not within ${patientMs} ms: ${String(holds)}`)
  }
}

/** The milliseconds until a node denies the token, as `timeUntil` measures them. */
export const untilDenied = ({ baseUrl }: { baseUrl: string }, token: string): Promise<number> =>
  timeUntil(async () => (await whoami(baseUrl, token)).status === 401)
