/** Starting and stopping the server process. */
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import t from 'tap'
import { call, password } from '../setup/client.ts'
import { createDatabase } from '../setup/database.ts'
import { freePort } from '../setup/free-port.ts'
import { until } from '../setup/mail-server.ts'
import { launch, startServer } from '../setup/server-process.ts'

const cluster = await createDatabase()
t.teardown(cluster.drop)
const production = {
  NODE_ENV: 'production',
  DATABASE_URL: cluster.url,
  PUBLIC_URL: 'https://auth.example.test',
  COUNTERSIGN_SECRET: 'a secret for one test of the process itself',
  SMTP_URL: 'smtp://localhost:1', // nothing is sent here
  MAIL_FROM: 'auth@example.test',
}

t.test('without settings the server makes a database and a secret, and uses the same ones after kill -9', async (t) => {
  const dataDir = await mkdtemp(join(tmpdir(), 'countersign-main-'))
  t.teardown(() => rm(dataDir, { recursive: true, force: true, maxRetries: 5 }))
  const start = async () => {
    const from = performance.now()
    // An empty variable counts as unset, so only the port differs from `npm start` in a new clone.
    const server = await startServer({ DATA_DIR: dataDir, COUNTERSIGN_SECRET: '' })
    t.comment(`ready after ${Math.round(performance.now() - from)} ms`)
    return server
  }

  const first = await start()
  // The banner may come a moment after the first response.
  const banner = /Countersign listens on http:\S+\n.*\/docs\n\n {2}curl -s http:\S+\/auth\/register/s
  await until(() => banner.test(first.output()))
  const body = { email: 'ada@example.com', password }
  const { body: pair } = await call(`${first.baseUrl}/auth/register`, { body })
  t.equal((await stat(join(dataDir, 'secret'))).mode & 0o777, 0o600)
  first.child.kill('SIGKILL')
  await first.exited

  const second = await start()
  const refreshed = await call(`${second.baseUrl}/auth/refresh`, { body: { refresh_token: pair['refresh_token'] } })
  t.equal(refreshed.status, 200, 'the session is still active')
  second.child.kill('SIGTERM')
  t.equal(await second.exited, 0)
  t.notOk((await readdir(join(dataDir, 'postgres'))).includes('postmaster.pid'), 'Postgres has stopped with it')
})

t.test('with DATABASE_URL no embedded Postgres starts', async (t) => {
  const dataDir = await mkdtemp(join(tmpdir(), 'countersign-main-'))
  t.teardown(() => rm(dataDir, { recursive: true, force: true }))
  const server = await startServer({ ...production, DATA_DIR: dataDir })
  t.same(await readdir(dataDir), [])
  t.notMatch(server.output(), /curl/, 'and production prints no banner')
  server.child.kill('SIGTERM')
  t.equal(await server.exited, 0)
})

t.test('in production the server refuses to start with development defaults, and names each', async (t) => {
  const { exited, output } = launch({ NODE_ENV: 'production' })
  t.equal(await exited, 1)
  t.match(output(), /DATABASE_URL must[^]*COUNTERSIGN_SECRET must[^]*PUBLIC_URL must/)
  t.notMatch(output(), /\n +at /, 'without a stack')
})

t.test(
  'at a public address the server takes itself for a production server, and says how to change that',
  async (t) => {
    const { exited, output } = launch({ PUBLIC_URL: 'https://auth.example.com' })
    t.equal(await exited, 1)
    t.match(output(), /DATABASE_URL must be set in production[^]*NODE_ENV must be set to development for a development/)
    t.notMatch(output(), /\n +at /, 'without a stack')
  },
)

t.test('with a wrong secret the server refuses to start, and names the setting', async (t) => {
  const other = 'another secret for the test of the process'
  const { exited, output } = launch({ ...production, COUNTERSIGN_SECRET: other, PORT: String(await freePort()) })
  t.equal(await exited, 1)
  t.match(output(), /COUNTERSIGN_SECRET does not open the signing keys/)
  t.notOk(output().includes(other))
})

t.test('a port in use, or a database that cannot be reached, ends the process', async (t) => {
  const server = await startServer(production)
  const { exited, output } = launch({ ...production, PORT: new URL(server.baseUrl).port, HOST: '127.0.0.1' })
  t.equal(await exited, 1)
  t.match(output(), /Cannot listen on 127.0.0.1:\d+: Another process has this port/)
  server.child.kill('SIGTERM')
  await server.exited
  const nowhere = launch({ ...production, DATABASE_URL: 'postgresql://me:hunter2@127.0.0.1:1/x' })
  t.equal(await nowhere.exited, 1)
  t.match(nowhere.output(), /ECONNREFUSED/)
  t.notMatch(nowhere.output(), /hunter2/)
})

t.test('SIGTERM ends a server that waits for the migration of another node', async (t) => {
  const client = new pg.Client({ connectionString: cluster.url })
  await client.connect()
  await client.query('SELECT pg_advisory_lock(72707369)')
  const { child, exited, output } = launch({ ...production, PORT: String(await freePort()) })
  const waiting = `SELECT FROM pg_stat_activity WHERE application_name = 'countersign migrate' AND wait_event = 'advisory'`
  while ((await client.query(waiting)).rowCount === 0 && child.exitCode === null) {
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  child.kill('SIGTERM')
  t.equal(await exited, 1, output())
  await client.end()
})
