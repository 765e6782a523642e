/**
 * A node is frozen behind a balancer, as a paused machine is. Its clients give up, repeat their requests at another node, and go on.
 * When the node thaws, the requests that lay in its sockets are not carried out, so no client loses its session.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import type { TokenPair } from '../../src/sessions/token-pair.ts'
import { register, untilServed } from '../setup/client.ts'
import { noBalancer, startBalancer } from '../setup/nginx.ts'
import { startPostgres } from '../setup/own-postgres.ts'
import { startServer } from '../setup/server-process.ts'

t.setTimeout(300_000)
const clients = Number(process.env['FROZEN_CLIENTS'] ?? 10)

t.test('sessions survive a frozen node', { skip: noBalancer }, async (t) => {
  const postgres = await startPostgres(t)
  // The windows are short, so that a request that is carried out late shows.
  const env = { DATABASE_URL: postgres.url, REFRESH_LEEWAY_SECONDS: '0', LOG_LEVEL: 'error' }
  const nodes = [await startServer(env), await startServer(env)] as const
  for (const { child, exited } of nodes) {
    t.teardown(async () => {
      child.kill('SIGKILL')
      await exited
    })
  }
  const url = await startBalancer(
    t,
    nodes.map(({ baseUrl }) => baseUrl),
  )

  const refreshAt = (node: number, { refresh_token: token }: TokenPair, signal?: AbortSignal) =>
    fetch(`${url}/auth/refresh`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-node': String(node) },
      body: JSON.stringify({ refresh_token: token }),
      ...(signal && { signal }),
    })
  const next = async (pair: TokenPair) => (await (await untilServed(() => refreshAt(1, pair))).json()) as TokenPair

  for (const successor of ['unused', 'used'] as const) {
    t.test(`with the successor ${successor}`, async (t) => {
      const users = await Promise.all(Array.from({ length: clients }, () => register(url)))
      const [frozen] = nodes
      frozen.child.kill('SIGSTOP')
      const gaveUp = await Promise.all(
        users.map((pair) => refreshAt(0, pair, AbortSignal.timeout(500)).then(Boolean, () => false)),
      )
      t.notOk(gaveUp.includes(true), 'every client gives up')
      let held = await Promise.all(users.map(next))
      if (successor === 'used') held = await Promise.all(held.map(next))
      await sleep(1500)
      frozen.child.kill('SIGCONT')
      while (!(await fetch(`${frozen.baseUrl}/readyz`).catch(() => undefined))?.ok) await sleep(20)
      await sleep(1000)

      const answers = await Promise.all(held.map((pair) => untilServed(() => refreshAt(1, pair))))
      const kept = answers.filter(({ status }) => status === 200).length
      t.equal(kept, clients, 'everybody goes on')
      const [late = []] = await postgres.run(
        `SELECT type FROM audit_events WHERE type IN ('refresh_forked', 'refresh_reused')`,
      )
      t.same(late, [], 'no late request was carried out')
      t.comment(`successor ${successor}: ${kept} of ${clients} sessions were kept`)
    })
  }
})
