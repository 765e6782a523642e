/**
 * A storm of late requests: each refresh is stuck in the network once, its client repeats it and goes on, and the stuck one arrives later.
 * A client refreshes every ten minutes. It loses its session only if the stuck request arrives after its successor was used, and the
 * test prints how often that is. `LATE_FAULTS=60` chooses the number of late requests.
 */
import t from 'tap'
import type { TokenPair } from '../../src/sessions/token-pair.ts'
import { refresh, register, untilServed } from '../setup/client.ts'
import { startNode } from '../setup/node.ts'
import { age } from '../setup/sessions.ts'

t.setTimeout(900_000)
const faults = Number(process.env['LATE_FAULTS'] ?? 16)
const everySeconds = 600
const node = await startNode(t, { usualPatience: true, env: { RATE_LIMITS: 'off' } })
const { baseUrl } = node

type Client = { pair: TokenPair }

/** All tabs of a browser refresh when their access token expires, with the same refresh token. Returns the new tokens, or undefined. */
async function refreshIn(tabs: number, { refresh_token: token }: TokenPair): Promise<TokenPair | undefined> {
  const answers = await Promise.all(Array.from({ length: tabs }, () => untilServed(() => refresh(baseUrl, token))))
  return answers.every(({ status }) => status === 200) ? answers[0]?.body : undefined
}

/** One late request. Returns whether it arrived after its successor was used, and whether the client lost its session. */
async function playLate(client: Client, tabs: number, lateSeconds: number) {
  const stuck = client.pair.refresh_token
  const { session_id: id } = client.pair
  let held = await refreshIn(tabs, client.pair)
  if (!held) throw new Error('the client was logged out before')
  let waited = 0
  while (waited + everySeconds <= lateSeconds) {
    await age(node, id, everySeconds)
    waited += everySeconds
    held = await refreshIn(tabs, held)
    if (!held) throw new Error('the client was logged out before')
  }
  await age(node, id, lateSeconds - waited)
  await untilServed(() => refresh(baseUrl, stuck))
  await age(node, id, everySeconds - (lateSeconds - waited))
  const next = await refreshIn(tabs, held)
  client.pair = next ?? (await register(baseUrl))
  return { isTooLate: waited > 0, isLoggedOut: next === undefined }
}

for (const [who, tabs] of [
  ['one refresh at a time', 1],
  ['two tabs', 2],
] as const) {
  for (const most of [10, 60, 600, 1200]) {
    t.test(`${who}, requests late by up to ${most} s`, async (t) => {
      const client: Client = { pair: await register(baseUrl) }
      const seen = { tooLate: 0, loggedOut: 0 }
      for (let i = 0; i < faults; i++) {
        const { isTooLate, isLoggedOut } = await playLate(client, tabs, (most * (i + 0.5)) / faults)
        if (isTooLate) seen.tooLate++
        if (isLoggedOut) seen.loggedOut++
        if (isLoggedOut && !isTooLate) t.fail('a request that was late, but not too late, logged its client out')
      }
      t.equal(seen.loggedOut, seen.tooLate, 'no other client is logged out')
      t.comment(`${who}, late by up to ${most} s: ${Math.round((1000 * seen.loggedOut) / faults)} of 1,000 log out`)
    })
  }
}
