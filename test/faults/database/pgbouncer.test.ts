/** The server behind PgBouncer in transaction mode, with the settings of docs/guides/deploying.md. */
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { createCleaning } from '../../../src/cleaning/cleaning.ts'
import { holds } from '../../packages/verify/service.ts'
import { call, password, type Registered, refresh, register, whoami } from '../../setup/client.ts'
import { startPostgres } from '../../setup/own-postgres.ts'
import { pgBouncerVersion, startPgBouncer } from '../../setup/pgbouncer.ts'
import { launch, startServer, testSettings } from '../../setup/server-process.ts'
import { createPeople } from '../acknowledged.ts'

t.setTimeout(300_000)

const clients = 12
const version = await pgBouncerVersion()
t.comment(`PgBouncer ${version}`)
const tracks = version >= 1.21
const passedBy =
  'ignore_startup_parameters = default_transaction_isolation,statement_timeout,idle_in_transaction_session_timeout'

async function startNode(t: Test, databaseUrl: string) {
  const node = await startServer({ DATABASE_URL: databaseUrl, PUBLIC_URL: 'http://auth.test' })
  t.teardown(async () => {
    node.child.kill('SIGTERM')
    await node.exited
  })
  return node
}

/** What a start says that fails. */
async function refusal(databaseUrl: string): Promise<{ code: number | null; output: string }> {
  const { exited, output } = launch({
    ...testSettings,
    PORT: '0',
    PUBLIC_URL: 'http://auth.test',
    DATABASE_URL: databaseUrl,
  })
  return { code: await exited, output: output() }
}

t.test('without ?pgbouncer=true, a start that would not work says what to add, and migrates nothing', async (t) => {
  const postgres = await startPostgres(t)
  const strict = await startPgBouncer(t, postgres)
  const refused = await refusal(strict.url)
  t.equal(refused.code, 1)
  t.match(
    refused.output,
    /PgBouncer stands between .+ refuses the parameter \w+ of a connection\. Add \?pgbouncer=true/,
  )
  t.notMatch(refused.output, /\n +at /, 'without a stack')
  const halfStrict = await startPgBouncer(t, postgres, ['ignore_startup_parameters = default_transaction_isolation'])
  t.match((await refusal(halfStrict.url)).output, /refuses the parameter (statement|idle)\w+ of a connection\. Add/)
  const forgetful = await startPgBouncer(t, postgres, [passedBy, ...(tracks ? ['max_prepared_statements = 0'] : [])])
  const lost = await refusal(forgetful.url)
  t.equal(lost.code, 1)
  t.match(lost.output, /loses prepared statements\. Add \?pgbouncer=true to DATABASE_URL\./)
  t.notMatch(lost.output, /\n +at /, 'without a stack')
  const [tables] = await postgres.run("SELECT FROM pg_class WHERE relnamespace = 'public'::regnamespace")
  t.equal(tables?.length, 0)
})

if (tracks) {
  t.test('a pooler that keeps track of prepared statements needs no ?pgbouncer=true', async (t) => {
    const { url } = await startPgBouncer(t, await startPostgres(t), [passedBy, 'max_prepared_statements = 200'])
    const { baseUrl } = await startNode(t, url)
    const { refresh_token: token } = await register(baseUrl)
    t.equal((await refresh(baseUrl, token)).status, 200)
  })
}

t.test('with ?pgbouncer=true, everything works on two nodes', async (t) => {
  const postgres = await startPostgres(t, { settings: { log_statement: 'all' } })
  const pooler = await startPgBouncer(t, postgres)
  const url = `${pooler.url}&pgbouncer=true`
  const one = await startNode(t, url)
  const other = await startNode(t, url)
  t.ok(await holds(() => /migration \d+_init applied/.test(one.output())), 'the log names the migrations')
  const { user, ...first } = await register(one.baseUrl, 'first@example.com')
  const body = { email: user.email, password }
  const { body: login } = await call<Registered>(`${other.baseUrl}/auth/login`, { body })
  t.equal((await refresh(other.baseUrl, first.refresh_token)).status, 200)

  const denied = async () => (await whoami(other.baseUrl, login.access_token)).status === 401
  t.notOk(await denied())
  t.equal((await call(`${one.baseUrl}/auth/logout`, { body: { refresh_token: login.refresh_token } })).status, 204)
  t.ok(await holds(denied), 'a logout at one node counts at the other')

  const people = createPeople(one.baseUrl)
  await people.enter(clients)
  const stop = new AbortController()
  const traffic = people.run(stop.signal)
  while (people.seen.refreshed < 20 * clients) await sleep(20)

  await pooler.kill()
  const before = people.seen.later
  while (people.seen.later < before + clients) await sleep(20)
  await pooler.start()
  const refreshed = people.seen.refreshed
  while (people.seen.refreshed < refreshed + 5 * clients) await sleep(20)
  stop.abort()
  await traffic
  t.same(people.seen.wrong, [], 'nobody was told anything but to try again')
  t.same(await people.lost(postgres), [], 'nothing that was acknowledged is lost')
  t.ok(await people.everybodyGoesOn(), 'everybody goes on')
  t.comment(`${people.seen.refreshed} rotations, ${people.seen.later} requests told to try again`)

  const attempt =
    "INSERT INTO attempts (key, count, next_at, expires_at) VALUES ('gone', 1, now(), now() - interval '1 day')"
  await postgres.run(attempt)
  const onError = (error: Error) => t.error(error)
  const cleaning = createCleaning({ connectionString: url, auditDays: 90, onError })
  const isGone = async () => (await postgres.run("SELECT FROM attempts WHERE key = 'gone'"))[0]?.length === 0
  while (!(await isGone())) await cleaning.round() // A node may clean at this moment.
  await cleaning.stop()
  t.pass('cleaning removes what has expired')
  t.notMatch(await postgres.log(), /LISTEN /, 'no connection that others use listens')
})
