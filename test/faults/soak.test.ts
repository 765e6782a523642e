/** Mixed traffic for a long time: memory does not grow, and handles and connections are closed. */
import t from 'tap'
import type { TokenPair } from '../../src/sessions/token-pair.ts'
import { call, password, refresh, register, whoami } from '../setup/client.ts'
import { createDatabase } from '../setup/database.ts'
import { pause } from '../setup/denial.ts'
import { freePort } from '../setup/free-port.ts'
import { scrape } from '../setup/scrape.ts'
import { startServer } from '../setup/server-process.ts'

const seconds = Number(process.env['SOAK_SECONDS'] ?? 20)
// Memory settles only after a while, so a short run cannot judge it.
const isLong = seconds >= 300
const warmUpShare = 0.2
const users = 12

t.setTimeout((seconds + 120) * 1000)

const database = await createDatabase()
const metricsPort = await freePort()
const server = await startServer({
  DATABASE_URL: database.url,
  METRICS_PORT: String(metricsPort),
  RATE_LIMITS: 'off',
  TRUSTED_PROXIES: '127.0.0.1',
  LOG_LEVEL: 'error',
  // The heap and the token cache grow at the beginning, and then no more.
  NODE_OPTIONS: '--max-old-space-size=96 --max-semi-space-size=2',
  TOKEN_CACHE_ENTRIES: '500',
})
const { baseUrl } = server
let from = performance.now()
/** The share of the run that has passed, from 0 to 1. */
const passed = () => (performance.now() - from) / 1000 / seconds
t.teardown(async () => {
  server.child.kill('SIGKILL')
  await server.exited
  await database.drop()
})

const statuses: Record<number, number> = {}
const tell = <A extends { status: number }>(answer: A): A => {
  statuses[answer.status] = (statuses[answer.status] ?? 0) + 1
  return answer
}

// A logout stays in the denylist for the lifetime of an access token. Sessions that log out at once would make the denylist
// grow as no real traffic does.
const turnsOfSession = isLong ? 50 : 3

/** A session with a login, requests, mistakes and a logout. */
async function live(email: string): Promise<void> {
  // Each user has an address, because the queue of hashes bounds those of one address.
  const address = `203.0.113.${1 + Number(/\d+/.exec(email)?.[0])}`
  const login = await call<TokenPair>(`${baseUrl}/auth/login`, { body: { email, password }, from: address })
  if (tell(login).status !== 200) return
  let pair = login.body
  for (let turn = 0; turn < turnsOfSession && passed() < 1; turn++) pair = await goAbout(pair, email)
  tell(await call(`${baseUrl}/auth/login`, { body: { email, password: 'not this one' }, from: address }))
  tell(await call(`${baseUrl}/auth/logout`, { body: { refresh_token: pair.refresh_token } }))
}

/** The requests between two refreshes, and the second refresh. */
async function goAbout(pair: TokenPair, email: string): Promise<TokenPair> {
  const reads = [
    '/auth/whoami',
    '/auth/me',
    '/auth/sessions',
    '/auth/me/export',
    '/.well-known/jwks.json',
    '/openapi.yaml',
  ]
  for (const path of reads)
    tell(await fetch(baseUrl + path, { headers: { authorization: `Bearer ${pair.access_token}` } }).then(drained))
  const { status, body } = tell(await refresh(baseUrl, pair.refresh_token))
  tell(await refresh(baseUrl, pair.refresh_token)) // again: replayed
  for (let i = 0; i < 10; i++) tell(await whoami(baseUrl, body.access_token))
  tell(await call(`${baseUrl}/auth/login`, { body: { email: 5, extra: 'x'.repeat(1000) } }))
  tell(await call(`${baseUrl}/auth/refresh`, { body: { refresh_token: 'no token at all' } }))
  tell(await call(`${baseUrl}/nowhere/${email}`))
  tell(await whoami(baseUrl, `${body.access_token}x`))
  return status === 200 ? body : pair
}

async function drained(answer: Response): Promise<Response> {
  await answer.arrayBuffer()
  return answer
}

type Look = { rss: number; heap: number; handles: number; connections: number; underWay: number }
async function look(): Promise<Look> {
  const metrics = await scrape(metricsPort)
  return {
    rss: metrics('process_resident_memory_bytes') / 2 ** 20,
    heap: metrics('nodejs_heap_size_used_bytes') / 2 ** 20,
    handles: metrics('nodejs_active_handles_total'),
    connections: metrics('countersign_database_connections_open'),
    underWay: metrics('countersign_http_requests_under_way'),
  }
}

/** Closes the idle connections of fetch. */
async function goHome(): Promise<void> {
  // The connections of Node's fetch are reachable only here, without a type.
  const place = globalThis as unknown as Record<symbol, { close(): Promise<void>; constructor: new () => never }>
  const key = Symbol.for('undici.globalDispatcher.1')
  const used = place[key]
  if (!used) throw new Error('fetch keeps its connections elsewhere')
  place[key] = new used.constructor()
  await used.close()
}

/** The smallest of several measurements, which comes closest to the memory without garbage. */
const floor = (looks: readonly Look[], key: 'rss' | 'heap') => Math.min(...looks.map((one) => one[key]))

t.test(`soak: ${seconds} s of mixed traffic: no growth, no leaked handles or connections`, async (t) => {
  for (let i = 0; i < users; i++) await register(baseUrl, `soak-${i}@example.com`)
  const idle = await look()
  from = performance.now()
  const looks: (Look & { at: number })[] = []
  let made = 0
  const crowd = Array.from({ length: users }, async (_, i) => {
    while (passed() < 1) {
      await live(`soak-${i}@example.com`)
      if (i === 0)
        tell(await call(`${baseUrl}/auth/register`, { body: { email: `new-${++made}@example.com`, password } }))
    }
  })
  while (passed() < 1) {
    looks.push({ at: passed(), ...(await look()) })
    await pause(1000)
  }
  await Promise.all(crowd)
  await goHome()

  const settled = async () => {
    const now = await look()
    return now.underWay === 0 && now.handles <= idle.handles + 2 ? now : undefined
  }
  let after = await settled()
  for (let i = 0; i < 300 && !after; i++) {
    await pause(100)
    after = await settled()
  }
  after ??= await look()
  const total = Object.values(statuses).reduce((sum, n) => sum + n, 0)
  t.comment(`${total} requests: ${JSON.stringify(statuses)}; handles ${idle.handles} before, ${after.handles} after`)
  t.same(
    Object.keys(statuses).filter((status) => Number(status) >= 500 && status !== '503'),
    [],
    'nothing unforeseen',
  )
  t.ok((statuses[503] ?? 0) < total / 100, 'hardly anything refused')
  t.equal(after.underWay, 0, 'no request is left')
  t.ok(after.connections <= 20, `${after.connections} database connections`)
  t.ok(after.handles <= idle.handles + 2, `${after.handles} handles`)

  const warm = looks.filter(({ at }) => at >= warmUpShare && at < 0.4)
  const last = looks.filter(({ at }) => at >= 0.8)
  const growth = (key: 'rss' | 'heap') => (floor(last, key) / floor(warm, key) - 1) * 100
  t.comment(
    `RSS ${floor(warm, 'rss').toFixed(0)} → ${floor(last, 'rss').toFixed(0)} MB (${growth('rss').toFixed(1)} %), heap ${floor(warm, 'heap').toFixed(0)} → ${floor(last, 'heap').toFixed(0)} MB (${growth('heap').toFixed(1)} %)`,
  )
  if (isLong) {
    t.ok(growth('rss') < 5, 'resident memory')
    t.ok(growth('heap') < 5, 'heap')
  }
})
