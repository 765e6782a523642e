/**
 * A database that is cut off, silent, frozen, slow, or without a free connection: every request that needs it gets a 503
 * within two seconds, tokens are verified all the time, and the server recovers by itself.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import t from 'tap'
import { call, refresh, register, untilServed, whoami } from '../setup/client.ts'
import { timeUntil } from '../setup/denial.ts'
import { openGateway } from '../setup/gateway.ts'
import { startPostgres } from '../setup/own-postgres.ts'
import { startServer } from '../setup/server-process.ts'
import { untilGood } from '../setup/undisturbed.ts'
import { askEverything, service, type Told } from './every-route.ts'

t.setTimeout(600_000)

const seconds = Number(process.env['FAULT_SECONDS'] ?? 1)
const promisedMs = 2000

const postgres = await startPostgres(t)
const gateway = await openGateway(t, postgres.url)
const server = await startServer({ DATABASE_URL: gateway.url, SERVICE_CREDENTIALS: service, LOG_LEVEL: 'error' })
t.teardown(async () => {
  server.child.kill('SIGKILL')
  await server.exited
})
const { baseUrl } = server
const reader = await register(baseUrl)

/** A user and an administrator with sessions. */
async function enter() {
  const user = await register(baseUrl)
  const promoted = await register(baseUrl)
  await postgres.run(`UPDATE users SET roles = '{admin}' WHERE id = '${promoted.user.id}'`)
  const { body: admin } = await untilServed(() => refresh(baseUrl, promoted.refresh_token))
  return { user, admin }
}

type Fault = { readonly begin: () => Promise<() => void | Promise<void>>; readonly mayAnswer?: readonly string[] }

async function lockTables() {
  const client = new Client({ connectionString: postgres.url })
  await client.connect()
  await client.query(
    'BEGIN; LOCK TABLE users, sessions, one_time_tokens, audit_events, mails, revocations IN ACCESS EXCLUSIVE MODE',
  )
  return () => client.end()
}

const heal = () => gateway.heal()
const faults: Readonly<Record<string, Fault>> = {
  'connections cut': { begin: async () => (gateway.cut(), heal) },
  'network silent': { begin: async () => (gateway.swallow(), heal) },
  'Postgres frozen (SIGSTOP)': { begin: () => postgres.freeze() },
  '5 s of latency': { begin: async () => (gateway.delay(5000), heal) },
  'pool exhausted, every connection waiting for a lock': { begin: lockTables, mayAnswer: ['GET /readyz'] },
}

/**
 * Verifies a token without a pause. Returns the count, the errors, the longest time, and for how long the machine was busy otherwise: all that
 * a turn took above 100 ms, also if this process stood still between two requests.
 */
async function verify(until: AbortSignal) {
  const seen = { count: 0, longestMs: 0, busyMs: 0, wrong: [] as number[] }
  while (!until.aborted) {
    const from = performance.now()
    const { status } = await whoami(baseUrl, reader.access_token)
    seen.count++
    seen.longestMs = Math.max(seen.longestMs, performance.now() - from)
    if (status !== 200) seen.wrong.push(status)
    await sleep(10)
    seen.busyMs += Math.max(0, performance.now() - from - 100)
  }
  return seen
}

const isRight = ({ route, status, code, retryable, retryAfter }: Told, mayAnswer: readonly string[]): boolean =>
  status === 503
    ? (code === 'database_unavailable' || (route === 'GET /readyz' && code === 'not_ready')) &&
      retryable === true &&
      retryAfter === '1'
    : status < 500 && mayAnswer.includes(route)

t.test('with a healthy database, none of these requests is 5xx', async (t) => {
  // The first use of a route takes longer than later ones, so this also warms the routes up.
  const failures = async () => (await askEverything(baseUrl, await enter(), 10)).filter(({ status }) => status >= 500)
  t.same(await untilGood(failures, ({ length }) => length === 0), [])
})

for (const [name, { begin, mayAnswer = [] }] of Object.entries(faults)) {
  t.test(`${name}: 503 within 2 s, verification unaffected, recovery by itself`, { timeout: 290_000 }, async (t) => {
    const { user, admin } = await enter()
    const done = new AbortController()
    const end = await begin()
    const began = performance.now()
    const verifying = verify(done.signal)
    const told: Told[] = []
    do {
      // These are more than there are connections.
      const others = Array.from({ length: 25 }, () => refresh(baseUrl, reader.refresh_token))
      told.push(...(await askEverything(baseUrl, { user, admin })))
      await Promise.all(others)
    } while (performance.now() - began < seconds * 1000)
    await end()
    done.abort()
    const verified = await verifying

    const wrong = told.filter((one) => !isRight(one, mayAnswer))
    t.same(
      wrong.map(({ route, status, code }) => `${route}: ${status} ${String(code)}`),
      [],
      'every answer is 503, with Retry-After and retryable',
    )
    const [slowest] = told.toSorted((a, b) => b.ms - a.ms)
    // The time of a request that needs no database, on this machine and at this moment.
    const otherwiseMs = verified.longestMs + verified.busyMs
    t.ok(slowest && slowest.ms < promisedMs + otherwiseMs, `within ${promisedMs} ms`)
    t.same(verified.wrong, [], 'tokens are verified')

    const wellMs = await timeUntil(async () => (await call(`${baseUrl}/readyz`)).status === 200)
    const again = await untilServed(() => refresh(baseUrl, user.refresh_token))
    t.equal(again.status, 200, 'the session goes on')
    t.ok(wellMs < 20_000, 'soon')
    const refused = told.filter(({ status }) => status === 503).length
    t.comment(
      `${told.length} requests to ${new Set(told.map(({ route }) => route)).size} routes: ${refused} were 503, the slowest ` +
        `answer after ${Math.round(slowest?.ms ?? 0)} ms (${slowest?.route}); ${verified.count} tokens verified, the slowest in ` +
        `${Math.round(verified.longestMs)} ms; well ${wellMs} ms after the fault ended`,
    )
  })
}
