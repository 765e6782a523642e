/**
 * Strangers who keep the processor busy with logins do not keep others out. The long form judges the time of a login, too, on a
 * machine that does nothing else. The short form prints it.
 */
import t, { type Test } from 'tap'
import { call, password, register } from '../../setup/client.ts'
import { createDatabase } from '../../setup/database.ts'
import { type Login, logIn, logInOften, startFlood } from '../../setup/login-load.ts'
import { startServer } from '../../setup/server-process.ts'

t.setTimeout(300_000)

const isLong = process.env['FAIR_LOGINS'] !== undefined
const logins = Number(process.env['FAIR_LOGINS'] ?? 8)
const owner = 'owner@example.com'
const newcomer = 'newcomer@example.com'

/** A server with the default limits, a trusted device of the owner, and an account of the attacker. */
async function setUp(t: Test) {
  const database = await createDatabase()
  const env = { DATABASE_URL: database.url, BCRYPT_COST: '12', TRUSTED_PROXIES: '127.0.0.1', RATE_LIMITS: '' }
  const server = await startServer(env)
  t.teardown(async () => {
    server.child.kill('SIGKILL')
    await server.exited
    await database.drop()
  })
  const { baseUrl } = server
  const { device_token: device } = await register(baseUrl, owner)
  for (const email of [newcomer, 'attacker@example.com']) await register(baseUrl, email)
  t.equal((await logIn(baseUrl, { email: owner, password, device, from: '203.0.113.1' })).status, 200)
  return { baseUrl, device }
}

type Measured = Awaited<ReturnType<typeof logInOften>>
const show = ({ succeeded, failures, p50, p95 }: Measured) =>
  `${succeeded} of ${logins}, p50 ${p50} ms, p95 ${p95} ms ${failures.join(' ')}`

async function play(t: Test, clients: number, next: (client: number) => Login) {
  const { baseUrl, device } = await setUp(t)
  const flood = startFlood(baseUrl, clients, next)
  const [trusted, other] = await Promise.all([
    logInOften(baseUrl, { email: owner, password, device, from: '203.0.113.1' }, logins),
    logInOften(baseUrl, { email: newcomer, password, from: '203.0.113.2' }, logins),
  ])
  const counts = await flood.stop()
  t.comment(`with a trusted device: ${show(trusted)}`)
  t.comment(`without one: ${show(other)}`)
  t.comment(`the flood: ${JSON.stringify(counts)}`)
  t.equal((await call(`${baseUrl}/readyz`)).status, 200)
  return { trusted, other }
}

t.test('one address logs in to an own account over 28 connections', async (t) => {
  const { trusted, other } = await play(t, 28, () => ({
    email: 'attacker@example.com',
    password,
    from: '198.51.100.1',
  }))
  t.ok(trusted.succeeded >= 0.95 * logins, 'a user with a trusted device logs in')
  if (isLong) t.ok(trusted.p50 < 1000, 'and waits for less than a second')
  t.ok(other.succeeded >= 0.8 * logins, 'a user with a new device logs in nearly always')
})

t.test('200 addresses log in with unknown emails', async (t) => {
  let guesses = 0
  const { trusted } = await play(t, 200, (client) => ({
    email: `unknown-${++guesses}@example.com`,
    password,
    from: `198.18.${client >> 7}.${(client & 127) + 1}`,
  }))
  t.ok(trusted.succeeded >= 0.95 * logins, 'a user with a trusted device logs in')
  if (isLong) t.ok(trusted.p50 < 1000, 'and waits for less than a second')
})
