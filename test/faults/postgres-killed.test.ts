/** kill -9 of every process of Postgres under load: every acknowledged write is kept, and the server reconnects by itself. */
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { call, whoami } from '../setup/client.ts'
import { timeUntil } from '../setup/denial.ts'
import { type OwnPostgres, startPostgres } from '../setup/own-postgres.ts'
import { startServer } from '../setup/server-process.ts'
import { createPeople } from './acknowledged.ts'

t.setTimeout(900_000)

const rounds = Number(process.env['POSTGRES_KILLS'] ?? 2)
const clients = 40
const readyWithinMs = 20_000

async function startAll(t: Test) {
  const postgres = await startPostgres(t, { settings: { max_connections: '60' } })
  const server = await startServer({ DATABASE_URL: postgres.url, LOG_LEVEL: 'error' })
  t.teardown(async () => {
    server.child.kill('SIGKILL')
    await server.exited
  })
  const users = createPeople(server.baseUrl)
  await users.enter(clients - 4)
  return { postgres, server, users }
}

/** Kills Postgres under load, and starts it again once all clients have noticed. */
async function crash(postgres: OwnPostgres, users: ReturnType<typeof createPeople>) {
  const stop = new AbortController()
  const traffic = users.run(stop.signal)
  const { refreshed, loggedOut } = users.seen
  const enough = () => users.seen.refreshed > refreshed + clients && users.seen.loggedOut > loggedOut
  for (const deadline = Date.now() + 120_000; !enough() && Date.now() < deadline; ) await sleep(20)
  await sleep(Math.random() * 500)
  const killed = await postgres.kill()
  const { later } = users.seen
  while (users.seen.later === later) await sleep(20)
  stop.abort()
  await traffic
  await postgres.start()
  return killed
}

t.test(`${rounds} kills of every Postgres process under ${clients} clients`, { timeout: 900_000 }, async (t) => {
  const { postgres, server, users } = await startAll(t)
  const readyMs: number[] = []
  let killed = 0
  for (let round = 0; round < rounds; round++) {
    killed += await crash(postgres, users)
    readyMs.push(await timeUntil(async () => (await call(`${server.baseUrl}/readyz`)).status === 200))
    t.same(await users.lost(postgres), [], `round ${round + 1}: nothing that was acknowledged is lost`)
    t.ok(await users.everybodyGoesOn(), 'whoever held a token refreshes it')
    const [someone] = users.live.values()
    t.equal((await whoami(server.baseUrl, someone?.pair.access_token ?? '')).status, 200)
  }
  const { registered, refreshed, loggedOut, later, wrong } = users.seen
  t.comment(
    `killed ${killed} processes in ${rounds} rounds; acknowledged and there afterwards: ${registered} registrations, ` +
      `${refreshed} rotations, ${loggedOut} logouts; ${later} requests told to try again; lost: 0`,
  )
  t.comment(`ready ${readyMs.join(', ')} ms after Postgres`)
  t.same(wrong, [], 'nobody was told anything but to try again')
  t.ok(Math.max(...readyMs) < readyWithinMs, `ready within ${readyWithinMs} ms of Postgres`)
  t.ok(refreshed > rounds * clients && loggedOut >= rounds && later > 0, 'and there was something to lose')
})

t.test('with synchronous_commit off the same traffic loses acknowledged writes', { timeout: 900_000 }, async (t) => {
  const { postgres, users } = await startAll(t)
  // This is set after the start, because the server would refuse to start. The other settings make the loss larger.
  await postgres.run(
    'ALTER SYSTEM SET synchronous_commit = off',
    `ALTER SYSTEM SET wal_writer_delay = '10s'`,
    `ALTER SYSTEM SET wal_writer_flush_after = '1GB'`,
    'SELECT pg_reload_conf()',
  )
  let lost: string[] = []
  // By chance, Postgres may have written everything in the moment of the kill.
  for (let round = 0; round < 3 && lost.length === 0; round++) {
    await crash(postgres, users)
    lost = await users.lost(postgres)
  }
  t.comment(`lost: ${lost.length} things, such as ${[...new Set(lost)].slice(0, 5).join(', ')}`)
  t.ok(lost.length > 0, 'the check sees it')
})
