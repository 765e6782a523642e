/** A server that is told to stop answers every request that it has received, and does not wait for idle connections. */
import { request } from 'node:http'
import pg from 'pg'
import t from 'tap'
import { call, password, register } from '../setup/client.ts'
import { createDatabase } from '../setup/database.ts'
import { pause } from '../setup/denial.ts'
import { freePort } from '../setup/free-port.ts'
import { until } from '../setup/mail-server.ts'
import { scrape } from '../setup/scrape.ts'
import { startServer } from '../setup/server-process.ts'

t.setTimeout(290_000)

const service = 'follower:the-credential-of-a-follower-of-the-feed'
const database = await createDatabase()
t.teardown(database.drop)
const observer = new pg.Client({ connectionString: database.url })
await observer.connect()
t.teardown(() => observer.end())

async function start(env: Record<string, string> = {}) {
  const metricsPort = await freePort()
  const own = {
    DATABASE_URL: database.url,
    METRICS_PORT: String(metricsPort),
    SERVICE_CREDENTIALS: service,
    WAITS_PER_SERVICE: '100',
    TRUSTED_PROXIES: '127.0.0.1',
  }
  const server = await startServer({ ...own, RATE_LIMITS: 'off', LOG_LEVEL: 'error', ...env })
  const underWay = async () => (await scrape(metricsPort))('countersign_http_requests_under_way')
  return { ...server, underWay }
}

/** Waits until a server that was told to stop says so. */
const untilNotReady = (baseUrl: string) =>
  until(async () => {
    const { status, body } = await call(`${baseUrl}/readyz`)
    return status === 503 && body['code'] === 'not_ready'
  })

/** The connections to the database, without the one of this test. */
const connections = async () => {
  const { rows } = await observer.query<{ n: number }>(
    `SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`,
  )
  return rows[0]?.n
}

const authorization = `Basic ${Buffer.from(service).toString('base64')}`
const follow = (baseUrl: string, query: string) =>
  fetch(`${baseUrl}/revocations${query}`, { headers: { authorization } })

/** The cursor at the end of the feed. */
async function endOfFeed(baseUrl: string): Promise<string> {
  const jwt = await (await follow(baseUrl, '')).text()
  const claims = JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString()) as { next: string }
  return claims.next
}

/** Sends all but the last byte of a POST. `answer` is the status or the error. */
function hesitate(address: string, body: object, from = ''): { goOn: () => void; answer: Promise<string> } {
  const text = JSON.stringify(body)
  const headers = {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    ...(from && { 'x-forwarded-for': from }),
  }
  const asked = request(address, { method: 'POST', headers, agent: false })
  asked.write(text.slice(0, -1))
  const answer = new Promise<string>((resolve) => {
    asked.once('error', (error) => resolve(`cut off: ${error.message}`))
    asked.once('response', (response) => {
      response.resume().once('error', (error) => resolve(`cut off: ${error.message}`))
      response.once('end', () => resolve(String(response.statusCode)))
    })
  })
  return { goOn: () => void asked.end(text.slice(-1)), answer }
}

t.test('SIGTERM with 200 requests in flight: all answered, exit 0', async (t) => {
  const server = await start()
  const { baseUrl } = server
  const users: string[] = []
  for (let i = 0; i < 20; i++) users.push((await register(baseUrl, `p${i}@example.com`)).refresh_token)
  const end = await endOfFeed(baseUrl)

  const polls = Array.from({ length: 80 }, async () => String((await follow(baseUrl, `?wait=8&after=${end}`)).status))
  const posts = Array.from({ length: 120 }, (_, i) => {
    // The queue of hashes bounds those of one address.
    if (i < 20) return hesitate(`${baseUrl}/auth/login`, { email: `p${i}@example.com`, password }, `198.51.100.${i}`)
    return hesitate(`${baseUrl}/auth/refresh`, { refresh_token: users[i % users.length] })
  })
  let inFlight = 0
  for (const from = performance.now(); inFlight < 200 && performance.now() - from < 7500; await pause(20)) {
    inFlight = await server.underWay()
  }
  t.equal(inFlight, 200)

  const from = performance.now()
  server.child.kill('SIGTERM')
  await untilNotReady(baseUrl)
  const failed = (error: unknown) => `cut off: ${String(error)}`
  const answers = await Promise.all(polls.map((one) => one.catch(failed)))
  // A few at a time, because a server whose database is busy answers 503, as always.
  for (let i = 0; i < posts.length; i += 10) {
    const some = posts.slice(i, i + 10)
    for (const { goOn } of some) goOn()
    answers.push(...(await Promise.all(some.map(({ answer }) => answer))))
  }
  const tally = Object.fromEntries(
    [...Map.groupBy(answers, (answer) => answer)].map(([word, all]) => [word, all.length]),
  )
  t.same(tally, { 200: 200 })
  t.equal(await server.exited, 0)
  const took = Math.round(performance.now() - from)
  // A Postgres process ends a moment after its client.
  await until(async () => (await connections()) === 0)
  t.comment(`SIGTERM with ${inFlight} requests in flight: answered ${JSON.stringify(tally)}, exit 0 after ${took} ms`)
})

t.test('a second signal ends at once', async (t) => {
  const server = await start()
  const held = hesitate(`${server.baseUrl}/auth/login`, { email: 'nobody@example.com', password })
  while ((await server.underWay()) < 1) await pause(10)
  server.child.kill('SIGTERM')
  await pause(200)
  t.equal(server.child.exitCode, null, 'it waits for the request')
  const from = performance.now()
  server.child.kill('SIGTERM')
  t.equal(await server.exited, 1)
  const took = Math.round(performance.now() - from)
  // The first signal alone would end it after nine seconds.
  t.ok(took < 5000)
  t.match(await held.answer, /^cut off/)
  t.comment(`second SIGTERM: ended after ${took} ms`)
})

t.test('during SHUTDOWN_GRACE_SECONDS the server accepts requests and is not ready', async (t) => {
  const server = await start({ SHUTDOWN_GRACE_SECONDS: '4' })
  const { access_token: token } = await register(server.baseUrl)
  const from = performance.now()
  server.child.kill('SIGTERM')
  await untilNotReady(server.baseUrl)
  const late = await call(`${server.baseUrl}/auth/whoami`, { token })
  t.match([late.status, late.headers.get('connection')], [200, 'close'])
  t.equal(await server.exited, 0)
  const took = Math.round(performance.now() - from)
  t.ok(took >= 4000, `${took} ms`)
})

t.test('a client that sends requests without a pause does not prevent the stop', async (t) => {
  const server = await start()
  const { access_token: token } = await register(server.baseUrl)
  let sent = 0
  const stopped = new AbortController()
  const busy = Array.from({ length: 8 }, async () => {
    while (!stopped.signal.aborted) {
      sent++
      await call(`${server.baseUrl}/auth/whoami`, { token }).catch(() => pause(20))
    }
  })
  await pause(300)
  const from = performance.now()
  server.child.kill('SIGTERM')
  t.equal(await server.exited, 0)
  stopped.abort()
  await Promise.all(busy)
  t.comment(`${sent} requests without a pause: ended after ${Math.round(performance.now() - from)} ms`)
})
