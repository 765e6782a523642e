/** If the database does not answer in time, the client gets a retryable error, and other requests are not affected. */
import pg from 'pg'
import t from 'tap'
import { call, password, refresh, register, whoami } from '../setup/client.ts'
import { openGateway } from '../setup/gateway.ts'
import { startNode } from '../setup/node.ts'

const node = await startNode(t, { usualPatience: true })

/** Locks the session rows of a user until the returned function is called. */
async function hold(userId: string): Promise<() => Promise<void>> {
  const client = new pg.Client({ connectionString: node.databaseUrl })
  await client.connect()
  await client.query('BEGIN')
  await client.query('SELECT FROM sessions WHERE user_id = $1 FOR UPDATE', [userId])
  return () => client.end()
}

t.test('a refresh whose row is locked gets a retryable 503, and works once the row is free', async (t) => {
  const pair = await register(node.baseUrl)
  const release = await hold(pair.user.id)
  const answer = await refresh(node.baseUrl, pair.refresh_token)
  t.match(answer, { status: 503, body: { code: 'database_unavailable', retryable: true } })
  t.equal(answer.headers.get('retry-after'), '1')
  await release()
  t.equal((await refresh(node.baseUrl, pair.refresh_token)).status, 200)
})

t.test('with every connection in use, the next request waits for its turn, and whoami is not affected', async (t) => {
  const pair = await register(node.baseUrl)
  const release = await hold(pair.user.id)
  const size = node.database.pool.options.max ?? 0
  const waiting = Array.from({ length: size }, () => refresh(node.baseUrl, pair.refresh_token))
  while (node.database.pool.idleCount > 0 || node.database.pool.totalCount < size) {
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  const login = call(`${node.baseUrl}/auth/login`, { body: { email: pair.user.email, password } })
  t.equal((await whoami(node.baseUrl, pair.access_token)).status, 200)
  t.same(new Set((await Promise.all(waiting)).map(({ status }) => status)), new Set([503]))
  // Its time may be over before the others give up.
  const { status, body } = await login
  t.ok(status === 200 || (status === 503 && body['code'] === 'database_unavailable'), String(status))
  await release()
  t.equal((await refresh(node.baseUrl, pair.refresh_token)).status, 200, 'then all is well again')
})

t.test(
  'a request of many statements, each answered in time, has no more time than one of a single statement',
  async (t) => {
    const gateway = await openGateway(t, node.databaseUrl)
    const far = await startNode(t, { usualPatience: true, databaseUrl: gateway.url })
    const pair = await register(far.baseUrl)
    const change = { current_password: password, new_password: `another ${password}` }
    const ask = () => call(`${far.baseUrl}/auth/password`, { body: change, token: pair.access_token })
    gateway.delay(400)
    const from = performance.now()
    // With two seconds for each statement, the change would succeed after four.
    t.match(await ask(), { status: 503, body: { code: 'database_unavailable', retryable: true } })
    const ms = Math.round(performance.now() - from)
    t.comment(`with 400 ms a statement a change of password was given up after ${ms} ms`)
    gateway.heal()
    t.equal((await ask()).status, 200, 'it was not done: its password is still the old one')
  },
)

/** Starts a request that waits for its row, terminates its connection, then releases the row. */
async function loseConnection<T>(userId: string, table: string, request: () => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: node.databaseUrl })
  await client.connect()
  await client.query('BEGIN')
  await client.query(`SELECT FROM ${table} WHERE ${table === 'users' ? 'id' : 'user_id'} = $1 FOR UPDATE`, [userId])
  const answer = request()
  const end = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND application_name = 'countersign' AND wait_event_type = 'Lock'`
  while ((await client.query(end)).rowCount === 0) await new Promise((resolve) => setTimeout(resolve, 10))
  await client.end()
  return answer
}

t.test('a refresh that loses its connection is repeated on another', async (t) => {
  const { user, refresh_token } = await register(node.baseUrl)
  const answer = await loseConnection(user.id, 'sessions', () => refresh(node.baseUrl, refresh_token))
  t.equal(answer.status, 200)
  t.equal((await refresh(node.baseUrl, answer.body.refresh_token)).status, 200)
})

t.test('a request that must not run twice is not repeated', async (t) => {
  const { user, access_token: token } = await register(node.baseUrl)
  const rename = () => call(`${node.baseUrl}/auth/me`, { method: 'PATCH', body: { name: 'Ada' }, token })
  const answer = await loseConnection(user.id, 'users', rename)
  t.match(answer, { status: 503, body: { code: 'database_unavailable', retryable: true } })
  t.equal((await rename()).status, 200)
})

t.test('without a database', async (t) => {
  const lost = await startNode(t, { usualPatience: true })
  const pair = await register(lost.baseUrl)
  const name = new URL(lost.databaseUrl).pathname.slice(1)
  const client = new pg.Client({ connectionString: node.databaseUrl })
  await client.connect()
  await client.query(`DROP DATABASE ${name} WITH (FORCE)`)
  await client.end()
  t.equal((await whoami(lost.baseUrl, pair.access_token)).status, 200, 'tokens are verified')
  for (const answer of [
    await refresh(lost.baseUrl, pair.refresh_token),
    await call(`${lost.baseUrl}/auth/login`, { body: { email: pair.user.email, password } }),
    await call(`${lost.baseUrl}/auth/me`, { token: pair.access_token }),
    await call(`${lost.baseUrl}/readyz`),
  ]) {
    t.match(answer, { status: 503, body: { code: 'database_unavailable', retryable: true } })
  }
  t.equal((await call(`${lost.baseUrl}/livez`)).status, 200)
})
