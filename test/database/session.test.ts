/** The sessions of the server are as it needs them, whatever the address, the role or the database say. */
import { decodeJwt } from 'jose'
import t from 'tap'
import { readAddress } from '../../src/database/address.ts'
import { createDatabase as connectTo } from '../../src/database/client.ts'
import { migrate } from '../../src/database/migrations/migrate.ts'
import { call, password, type Registered, refresh, register } from '../setup/client.ts'
import { createDatabase, execute } from '../setup/database.ts'
import { startNode } from '../setup/node.ts'

const withQuery = (url: string, query: string) => `${url}${url.includes('?') ? '&' : '?'}${query}`

const unusual = [
  "TimeZone = 'Asia/Tokyo'",
  "DateStyle = 'SQL, DMY'",
  "IntervalStyle = 'iso_8601'",
  "bytea_output = 'escape'",
  "default_transaction_isolation = 'serializable'",
  'standard_conforming_strings = off',
  'extra_float_digits = -10',
]

t.test('settings of the database and options of the address change no time', async (t) => {
  const { url, drop } = await createDatabase()
  t.teardown(drop)
  const name = new URL(url).pathname.slice(1)
  for (const setting of unusual) await execute(url, `ALTER DATABASE ${name} SET ${setting}`)
  const databaseUrl = withQuery(url, `options=${encodeURIComponent('-c lock_timeout=5000 -c TimeZone=Asia/Tokyo')}`)
  const node = await startNode(t, { databaseUrl, env: { ACCESS_TOKEN_SECONDS: '600' } })
  const { rows } = await node.database.pool.query(
    `SELECT current_setting('lock_timeout') AS timeout, current_setting('TimeZone') AS zone,
      current_setting('default_transaction_isolation') AS isolation`,
  )
  t.same(rows, [{ timeout: '5s', zone: 'UTC', isolation: 'read committed' }], 'the other options of the address hold')

  const before = Date.now() / 1000
  const { access_token: token, refresh_token } = await register(node.baseUrl)
  const { exp = 0, iat = 0 } = decodeJwt(token)
  t.equal(exp - iat, 600)
  t.ok(iat >= Math.floor(before) - 1 && iat <= Date.now() / 1000 + 1, 'issued now')
  t.equal((await refresh(node.baseUrl, refresh_token)).status, 200)
  const { body } = await call<{ created_at: string }>(`${node.baseUrl}/auth/me`, { token })
  const created = Date.parse(body.created_at) / 1000
  t.ok(created >= before - 1 && created <= Date.now() / 1000 + 1, 'the user was made now')
})

t.test('the tables can be in a schema of their own', async (t) => {
  const { url, drop } = await createDatabase({ migrated: false })
  t.teardown(drop)
  const databaseUrl = withQuery(url, 'schema=auth')
  t.not((await migrate(databaseUrl)).length, 0)
  t.same(await migrate(databaseUrl), [], 'a second start finds nothing to do')
  const node = await startNode(t, { databaseUrl })
  const first = await register(node.baseUrl)
  const { body } = await refresh(node.baseUrl, first.refresh_token)
  const login = await call<Registered>(`${node.baseUrl}/auth/login`, { body: { email: first.user.email, password } })
  t.equal(login.status, 200)
  const { status } = await call(`${node.baseUrl}/auth/me`, {
    method: 'DELETE',
    body: { password },
    token: body.access_token,
  })
  t.equal(status, 204, 'functions and triggers find the tables too')
  const { rows } = await node.database.pool.query<{ schema: string; tables: number }>(
    `SELECT schemaname AS schema, count(*)::int AS tables FROM pg_tables WHERE schemaname IN ('auth', 'public') GROUP BY 1`,
  )
  t.match(rows, [{ schema: 'auth', tables: Number }])
  const { rows: functions } = await node.database.pool.query(
    `SELECT proname FROM pg_proc WHERE pronamespace = 'auth'::regnamespace AND prosrc LIKE '%public.%'`,
  )
  t.same(functions, [])
})

t.test('the size of the pool is that of the address', async (t) => {
  const database = connectTo('postgresql://nobody@localhost/none?connection_limit=7', () => {})
  t.teardown(() => database.close())
  t.equal(database.pool.options.max, 7)
  t.equal(readAddress('postgresql://nobody@localhost/none').poolSize, 20)
})

t.test('a file of the address that cannot be read is named by its parameter, and not by its path', (t) => {
  const url = 'postgresql://nobody@localhost/none?sslmode=verify-full&sslrootcert=/none/ca.pem'
  t.throws(() => connectTo(url, () => {}), {
    name: 'StartError',
    message: /^The file of sslrootcert in DATABASE_URL .*ENOENT\)\.$/,
  })
  t.end()
})

t.test('every mode with TLS checks the certificate and the name, but no-verify', (t) => {
  const modeOf = (mode: string) =>
    new URL(readAddress(`postgresql://nobody@localhost/none?sslmode=${mode}`).connectionString).searchParams.get(
      'sslmode',
    )
  t.same(['require', 'verify-ca', 'verify-full', 'no-verify', 'disable'].map(modeOf), [
    'verify-full',
    'verify-full',
    'verify-full',
    'no-verify',
    'disable',
  ])
  t.end()
})

t.test('PgBouncer cannot give a connection a schema', async (t) => {
  t.throws(() => connectTo('postgresql://nobody@localhost/none?pgbouncer=true&schema=auth', () => {}), {
    name: 'StartError',
    message: /PgBouncer, .+ cannot give a connection the schema auth\./,
  })
})
