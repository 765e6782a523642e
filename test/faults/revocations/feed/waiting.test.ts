/** Services that wait for new revocations: many at once, and while nodes stop, clients leave and the database is lost. */
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import t from 'tap'
import { ask, catchUp, claimsOf, read, services, startFeedNode } from '../../../revocations/feed/follow.ts'
import { call, register } from '../../../setup/client.ts'
import { createDatabase } from '../../../setup/database.ts'
import { freePort } from '../../../setup/free-port.ts'
import { scrape } from '../../../setup/scrape.ts'
import { startServer } from '../../../setup/server-process.ts'
import { undisturbed } from '../../../setup/undisturbed.ts'

t.setTimeout(290_000)
const unhandled: unknown[] = []
process.on('unhandledRejection', (error) => unhandled.push(error))
const warnings: Error[] = []
process.on('warning', (warning) => warnings.push(warning))

const node = await startFeedNode(t)
const other = await startFeedNode(t, { databaseUrl: node.databaseUrl })

async function logout(at: { baseUrl: string }): Promise<string> {
  const session = await register(at.baseUrl)
  await call(`${at.baseUrl}/auth/logout`, { body: { refresh_token: session.refresh_token } })
  return session.session_id
}

/** Counts the statements that requests of a node begin. */
function countStatements({ database }: Pick<typeof node, 'database'>) {
  let count = 0
  const counted = () => void count++
  database.pool.on('acquire', counted)
  return { soFar: () => count, stop: () => void database.pool.off('acquire', counted) }
}

type App = Pick<typeof node, 'app'>
const untilUnderWay = async ({ app }: App, count: number) => {
  while (app.requestsUnderWay() < count) await sleep(5)
}
// A service waits for eight seconds. One that is told of news, or of the end of its node, is answered well before.
const wellBeforeMs = 6000

const times = <T>(count: number, make: () => T) => Array.from({ length: count }, make)
const connect = async (t: { teardown(fn: () => Promise<void>): void }, connectionString: string) => {
  const client = new pg.Client({ connectionString })
  client.on('error', () => {})
  await client.connect()
  t.teardown(() => client.end())
  return client
}

t.test('fifty waiting services cost one statement a second, and one statement answers them all', async (t) => {
  const measure = async () => {
    const { next } = await catchUp(node)
    const session = await register(other.baseUrl)
    const count = countStatements(node)
    let answered = 0
    const waiting = times(50, async () => {
      const claims = await read(node, `?after=${next}&wait=8`)
      answered++
      return claims
    })
    await untilUnderWay(node, 50)
    await sleep(500)
    const arrived = count.soFar()
    await sleep(2000)
    const [idle, early] = [count.soFar() - arrived, answered]
    const from = performance.now()
    await call(`${other.baseUrl}/auth/logout`, { body: { refresh_token: session.refresh_token } })
    const ids = new Set((await Promise.all(waiting)).flatMap(({ revocations }) => revocations.map(({ id }) => id)))
    const ms = Math.round(performance.now() - from)
    count.stop()
    return { ids: [...ids], early, session, arrived, idle, news: count.soFar() - arrived - idle, ms }
  }
  const { ids, early, session, arrived, idle, news, ms } = await undisturbed(measure, { mostStallMs: 1000 })
  t.equal(early, 0, 'no service is answered while nothing is revoked')
  t.same(ids, [session.session_id])
  t.equal(idle, 0, `${idle} statements in two seconds without a revocation`)
  t.ok(news <= 2, `${news} statements for the revocation`)
  t.ok(ms < 4000, `all answered ${ms} ms after the request to log out`)
  t.comment(`statements: ${arrived} while 50 arrived, ${idle} in 2 s of quiet, ${news} for the revocation, in ${ms} ms`)
})

t.test('a revocation on one node wakes services that wait on another', async (t) => {
  const users = await Promise.all(times(12, () => register(other.baseUrl)))
  let { next } = await catchUp(node)
  const took: number[] = []
  for (const { refresh_token, session_id } of users) {
    const waiting = read(node, `?after=${next}&wait=8`)
    await call(`${other.baseUrl}/auth/logout`, { body: { refresh_token } })
    const from = performance.now()
    const answer = await waiting
    took.push(Math.round(performance.now() - from))
    t.same(
      answer.revocations.map(({ id }) => id),
      [session_id],
    )
    next = answer.next
  }
  // A node that only reads every second would take half a second on average. Other work on the machine delays some answers.
  const median = took.toSorted((a, b) => a - b)[took.length / 2] ?? Infinity
  t.ok(median < 200, `${took.join()} ms after the logouts`)
  t.comment(`logouts on one node, each answered by the other node: ${took.join()} ms after`)
})

t.test('nextNews() resolves for every revocation', async (t) => {
  for (let i = 0; i < 3; i++) {
    const user = await register(node.baseUrl)
    const news = node.revocations.nextNews()
    await call(`${node.baseUrl}/auth/logout`, { body: { refresh_token: user.refresh_token } })
    await t.resolves(news)
  }
})

t.test('while a transaction stays open, each row comes once and services can still wait', async (t) => {
  const held = await connect(t, node.databaseUrl)
  const session = await register(node.baseUrl)
  await held.query('BEGIN')
  await held.query('UPDATE sessions SET revoked_at = now() WHERE id = $1', [session.session_id])
  let { next } = await catchUp(node)
  for (const at of [node, other, node, other]) {
    const ended = await logout(at)
    const answer = await read(at, `?after=${next}&wait=8`)
    t.same(
      answer.revocations.map(({ id }) => id),
      [ended],
    )
    next = answer.next
  }
  const count = countStatements(node)
  const from = performance.now()
  const quiet = await read(node, `?after=${next}&wait=2`)
  t.same(quiet.revocations, [])
  t.ok(performance.now() - from >= 1990)
  t.ok(count.soFar() <= 8, `${count.soFar()} statements while waiting`)
  count.stop()
  const waiting = read(other, `?after=${quiet.next}&wait=8`)
  await held.query('COMMIT')
  t.match((await waiting).revocations.map(({ id }) => id).includes(session.session_id), true)
})

t.test('a client that has left does not keep its place among the waiting requests of its service', async (t) => {
  const narrow = await startFeedNode(t, { databaseUrl: node.databaseUrl, env: { WAITS_PER_SERVICE: '1' } })
  const { next } = await catchUp(narrow)
  const left = new AbortController()
  const leaving = ask(narrow, `?after=${next}&wait=8`, { signal: left.signal }).catch(() => undefined)
  await untilUnderWay(narrow, 1)
  const from = performance.now()
  left.abort()
  await leaving
  while ((await ask(narrow, `?after=${next}&wait=1`)).status === 429) await sleep(5)
  t.ok(performance.now() - from < wellBeforeMs, `${Math.round(performance.now() - from)} ms`)
})

t.test('a node that closes answers waiting services at once', async (t) => {
  const closing = await startFeedNode(t, { databaseUrl: node.databaseUrl })
  const { next } = await catchUp(closing)
  const waiting = times(10, () => ask(closing, `?after=${next}&wait=8`))
  await untilUnderWay(closing, 10)
  const from = performance.now()
  await closing.app.close()
  for (const response of await Promise.all(waiting)) {
    t.equal(response.status, 200)
    t.same(claimsOf(await response.text()).revocations, [])
  }
  t.ok(performance.now() - from < wellBeforeMs)
})

t.test('a server that gets SIGTERM answers waiting services and exits', async (t) => {
  const port = await freePort()
  const server = await startServer({ DATABASE_URL: node.databaseUrl, METRICS_PORT: String(port), ...services })
  t.teardown(() => server.child.kill('SIGKILL'))
  const { next } = await catchUp(server)
  const waiting = ask(server, `?after=${next}&wait=8`)
  while ((await scrape(port))('countersign_http_requests_under_way') < 1) await sleep(20)
  const from = performance.now()
  server.child.kill('SIGTERM')
  t.equal((await waiting).status, 200)
  t.equal(await server.exited, 0)
  const ms = Math.round(performance.now() - from)
  t.ok(ms < wellBeforeMs, `${ms} ms`)
})

t.test('clients that disconnect while they wait leave nothing behind', async (t) => {
  const { next } = await catchUp(node)
  const gone = times(20, () => ask(node, `?after=${next}&wait=1`, { signal: AbortSignal.timeout(200) }))
  t.same(new Set((await Promise.allSettled(gone)).map(({ status }) => status)), new Set(['rejected']))
  await sleep(1500)
  const count = countStatements(node)
  await sleep(1500)
  t.equal(count.soFar(), 0, 'the node sends no statement for them')
  count.stop()
  t.equal(node.database.pool.idleCount, node.database.pool.totalCount, 'no connection stays in use')
  await t.resolves(read(node, `?after=${next}`))
})

t.test('services that wait get 503 when the database is lost, and follow again when it is back', async (t) => {
  const own = await createDatabase()
  t.teardown(own.drop)
  const lost = await startFeedNode(t, { databaseUrl: own.url })
  const operator = await connect(t, node.databaseUrl)
  const name = new URL(own.url).pathname.slice(1)
  const { next } = await catchUp(lost)
  const waiting = times(10, () => ask(lost, `?after=${next}&wait=8`))
  await untilUnderWay(lost, 10)
  const renamed = () =>
    operator
      .query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}'`)
      .then(() => operator.query(`ALTER DATABASE ${name} RENAME TO ${name}_away`))
      .then(
        () => true,
        () => false,
      )
  while (!(await renamed())) await sleep(5)
  for (const response of [...(await Promise.all(waiting)), await ask(lost, `?after=${next}&wait=8`)]) {
    t.equal(response.status, 503)
    t.equal(response.headers.get('retry-after'), '1')
    t.match(await response.json(), { code: 'database_unavailable', retryable: true })
  }
  await operator.query(`ALTER DATABASE ${name}_away RENAME TO ${name}`)
  await t.resolves(read(lost, `?after=${next}`), 'the cursor is still valid')
  const [answer, ended] = await Promise.all([read(lost, `?after=${next}&wait=8`), logout(lost)])
  t.same(
    answer.revocations.map(({ id }) => id),
    [ended],
  )
})

t.test('there was no unhandled rejection and no listener leak', async (t) => {
  t.same(unhandled, [])
  t.same(
    warnings.filter(({ name }) => name === 'MaxListenersExceededWarning'),
    [],
  )
})
