/** A database that does not answer in time is told to the client as something to try again, and costs nobody else. */
import pg from 'pg'
import t from 'tap'
import { call, password, refresh, register, whoami } from '../setup/client.ts'
import { startNode } from '../setup/node.ts'

const node = await startNode(t)

/** Holds a person's session rows, as a long transaction would, until the returned function is called. */
async function hold(userId: string): Promise<() => Promise<void>> {
  const client = new pg.Client({ connectionString: node.databaseUrl })
  await client.connect()
  await client.query('BEGIN')
  await client.query('SELECT FROM sessions WHERE user_id = $1 FOR UPDATE', [userId])
  return () => client.end()
}

t.test('a refresh that cannot have its row is 503 and retryable, and works once the row is free', async (t) => {
  const pair = await register(node.baseUrl)
  const release = await hold(pair.user.id)
  const answer = await refresh(node.baseUrl, pair.refresh_token)
  t.match(answer, { status: 503, body: { code: 'database_unavailable', retryable: true } })
  t.equal(answer.headers.get('retry-after'), '1')
  await release()
  t.equal((await refresh(node.baseUrl, pair.refresh_token)).status, 200)
})

t.test('with every connection taken, the next request is turned away, and whoami is not touched by it', async (t) => {
  const pair = await register(node.baseUrl)
  const release = await hold(pair.user.id)
  const size = node.database.pool.options.max ?? 0
  const waiting = Array.from({ length: size }, () => refresh(node.baseUrl, pair.refresh_token))
  while (node.database.pool.idleCount > 0 || node.database.pool.totalCount < size) {
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  const login = call(`${node.baseUrl}/auth/login`, { body: { email: pair.user.email, password } })
  t.equal((await whoami(node.baseUrl, pair.access_token)).status, 200)
  t.match(await login, { status: 503, body: { code: 'database_unavailable', retryable: true } })
  t.same(new Set((await Promise.all(waiting)).map(({ status }) => status)), new Set([503]))
  await release()
  t.equal((await refresh(node.baseUrl, pair.refresh_token)).status, 200, 'then all is well again')
})

t.test('without a database at all', async (t) => {
  const lost = await startNode(t)
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
