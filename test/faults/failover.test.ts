/**
 * The primary is killed and its streaming replica takes over. With synchronous replication no acknowledged write is lost.
 * Without it, sessions whose writes are lost are recognised, and nobody is taken for a thief.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { call, refresh, untilServed } from '../setup/client.ts'
import { openGateway } from '../setup/gateway.ts'
import { startPostgres } from '../setup/own-postgres.ts'
import { startServer } from '../setup/server-process.ts'
import { findDebianPostgres, startStandby } from '../setup/standby.ts'
import { createPeople } from './acknowledged.ts'

t.setTimeout(600_000)

const failovers = Number(process.env['FAILOVERS'] ?? 1)
const clients = 12
const binDir = await findDebianPostgres()

async function startAll(t: Test, { synchronous }: { synchronous: boolean }) {
  const primary = await startPostgres(t, { binDir })
  const link = await openGateway(t, primary.url)
  const standby = await startStandby(t, { binDir, primaryUrl: link.url, name: 'standby' })
  if (synchronous) {
    await primary.run(`ALTER SYSTEM SET synchronous_standby_names = 'standby'`, 'SELECT pg_reload_conf()')
  }
  const state = async () => (await primary.run('SELECT state, sync_state FROM pg_stat_replication'))[0]?.[0]
  const wanted = synchronous ? 'sync' : 'async'
  for (let is = await state(); is?.state !== 'streaming' || is.sync_state !== wanted; is = await state())
    await sleep(20)
  const gateway = await openGateway(t, primary.url)
  const server = await startServer({ DATABASE_URL: gateway.url, LOG_LEVEL: 'error' })
  t.teardown(async () => {
    server.child.kill('SIGKILL')
    await server.exited
  })
  const users = createPeople(server.baseUrl)
  await users.enter(clients)
  return { primary, standby, link, gateway, server, users }
}

/** Sends traffic, disconnects the replica, kills the primary once enough is at stake, and promotes the replica. */
async function failOver(
  all: Awaited<ReturnType<typeof startAll>>,
  enoughAtStake: (refreshed: () => number) => Promise<unknown>,
) {
  const { primary, standby, link, gateway, server, users } = all
  const stop = new AbortController()
  const traffic = users.run(stop.signal)
  while (users.seen.refreshed < 2 * clients) await sleep(20)
  link.swallow()
  const before = users.seen.refreshed
  const refreshed = () => users.seen.refreshed - before
  await enoughAtStake(refreshed)
  const unheard = refreshed()
  await primary.kill()
  const from = performance.now()
  await sleep(100)
  stop.abort()
  await traffic
  await standby.run('SELECT pg_promote()')
  gateway.leadTo(standby.port)
  while ((await call(`${server.baseUrl}/readyz`)).status !== 200) await sleep(10)
  return { unheard, readyMs: Math.round(performance.now() - from) }
}

const outcomes = (rows: readonly Record<string, unknown>[]) =>
  Object.fromEntries(rows.map(({ type, count }) => [type, Number(count)]))

for (let round = 1; round <= failovers; round++) {
  t.test(
    `synchronous replication, failover ${round}: no acknowledged rotation is lost`,
    { timeout: 290_000 },
    async (t) => {
      const all = await startAll(t, { synchronous: true })
      const { users, standby } = all
      // Requests of this time stay without an answer. Answers that were on their way before it may still arrive.
      const { readyMs } = await failOver(all, () => sleep(1500))
      const lost = await users.lost(standby)
      t.same(lost, [], 'nothing that was acknowledged is lost')
      t.ok(await users.everybodyGoesOn(), 'everybody goes on with the token they have')
      t.same(users.seen.wrong, [], 'nobody was told anything but to try again')
      const { refreshed, registered, loggedOut, later } = users.seen
      t.ok(refreshed > clients && later > 0, 'there was something to lose')
      t.comment(
        `acknowledged: ${refreshed} rotations, ${registered} registrations, ${loggedOut} logouts; lost: ${lost.length}; ` +
          `${later} requests told to try again; ready ${readyMs} ms after the primary died`,
      )
    },
  )
}

t.test(
  'asynchronous replication: who is ahead of the replica is told to log in, and is no thief',
  { timeout: 290_000 },
  async (t) => {
    const all = await startAll(t, { synchronous: false })
    const { users, standby, server } = all
    const { unheard } = await failOver(all, async (refreshed) => {
      while (refreshed() < 10 * clients) await sleep(20)
    })
    const [rows = []] = await standby.run('SELECT id, generation FROM sessions')
    const reached = new Map(rows.map(({ id, generation }) => [id, generation]))
    const held = [...users.live.values()].map(({ pair }) => pair)
    const generation = (token: string) => Number(token.split('.')[2])
    const ahead = held.filter((pair) => generation(pair.refresh_token) > (reached.get(pair.session_id) ?? Infinity))
    const unknown = held.filter((pair) => !reached.has(pair.session_id))

    const answers = await Promise.all(
      held.map((pair) => untilServed(() => refresh(server.baseUrl, pair.refresh_token))),
    )
    const refused = answers.filter(({ status }) => status === 401)
    t.ok(ahead.length > 0 && answers.every(({ status }) => status === 200 || status === 401))
    t.equal(refused.length, ahead.length + unknown.length, 'the others go on')
    const [counts = []] = await standby.run('SELECT type, count(*) FROM audit_events GROUP BY type')
    const { refresh_ahead = 0, refresh_reused = 0, refresh_ended = 0 } = outcomes(counts)
    t.equal(refresh_ahead, ahead.length, 'each is counted as ahead')
    t.equal(refresh_reused, 0, 'nobody as a thief')
    const [revoked = []] = await standby.run(`SELECT FROM sessions WHERE revoke_reason = 'reuse'`)
    t.equal(revoked.length, 0, 'and no session was ended')
    t.comment(
      `about ${unheard} acknowledged rotations were not replicated; of ${held.length} sessions ${ahead.length} were ahead ` +
        `(${refresh_ahead} counted), ${unknown.length} unknown (${refresh_ended} counted); thefts: ${refresh_reused}`,
    )
  },
)
