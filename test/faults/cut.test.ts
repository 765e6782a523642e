/** A rotation that is cut off at any step, by its database connection or its client, and then repeated: the session stays active. */
import fc from 'fast-check'
import pg from 'pg'
import t from 'tap'
import { type Registered, refresh, register } from '../setup/client.ts'
import { startNode } from '../setup/node.ts'
import { runs } from '../setup/properties.ts'

const node = await startNode(t, { usualPatience: true })
const survivor = await startNode(t, { usualPatience: true, databaseUrl: node.databaseUrl })
const operator = new pg.Client({ connectionString: node.databaseUrl })
await operator.connect()
t.teardown(() => operator.end())

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
const cutConnections = () =>
  operator.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE datname = current_database() AND application_name = 'countersign' AND pid <> pg_backend_pid()`,
  )

/** Repeats a request as a client does, while the response is retryable. */
async function insist(url: string, token: string): Promise<Registered> {
  for (;;) {
    const { status, body } = await refresh(url, token)
    if (status === 200) return body
    if (status !== 503) throw new Error(`logged out: ${body.code}`)
  }
}

/** Sends a refresh and disconnects after a while. */
async function abandon(url: string, token: string, afterMs: number): Promise<void> {
  const request = fetch(`${url}/auth/refresh`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ refresh_token: token }),
    signal: AbortSignal.timeout(afterMs),
  })
  await request.then((response) => response.text()).catch(() => undefined)
}

/** A client refreshes every few minutes, not twice while a copy of its own request is still on its way to Postgres. */
async function abandonedWorkIsDone(): Promise<void> {
  const { pool } = node.database
  do await pause(20)
  while (node.app.requestsUnderWay() > 0 || pool.waitingCount > 0 || pool.idleCount < pool.totalCount)
}

const moments = (max: number) => fc.array(fc.integer({ min: 0, max }), { minLength: 1, maxLength: 4 })

t.test('connections to the database cut during rotations', async (t) => {
  const seen: Record<number, number> = {}
  const property = fc.asyncProperty(moments(4), async (cuts) => {
    let held = await register(survivor.baseUrl)
    for (const ms of cuts) {
      const attempts = [node, node, survivor].map(({ baseUrl }) => refresh(baseUrl, held.refresh_token))
      await pause(ms)
      await cutConnections()
      for (const { status } of await Promise.all(attempts)) {
        seen[status] = (seen[status] ?? 0) + 1
        if (status !== 200 && status !== 503) throw new Error(`answered ${status}`)
      }
      held = await insist(survivor.baseUrl, held.refresh_token)
    }
  })
  await t.resolves(fc.assert(property, runs(15)))
  t.comment(`answers while connections were being cut: ${JSON.stringify(seen)}`)
})

t.test('clients that disconnect during a rotation', async (t) => {
  const property = fc.asyncProperty(moments(8), async (times) => {
    let held = await register(node.baseUrl)
    for (const ms of times) {
      await abandon(node.baseUrl, held.refresh_token, ms)
      held = await insist(survivor.baseUrl, held.refresh_token)
      await abandonedWorkIsDone()
    }
  })
  await t.resolves(fc.assert(property, runs(15)))
})
