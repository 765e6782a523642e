/** The clock of a node or of the database goes back an hour. No revoked token becomes valid again. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { call, refresh, register, untilServed, whoami } from '../setup/client.ts'
import { pause, promisedMs, untilDenied } from '../setup/denial.ts'
import { startNode } from '../setup/node.ts'
import { startServer } from '../setup/server-process.ts'
import { woundBy } from '../setup/wound-clock.ts'

t.setTimeout(290_000)

const hour = 3600_000
// A node removes an entry a minute after the longest lifetime of a token.
const lifeMs = hour + 60_000
const looked = 1500

const node = await startNode(t)
const file = join(t.testdir(), 'clock')
const wind = (ms: number) => writeFileSync(file, String(ms))
const start = async () => {
  const env = { ...woundBy(file), DATABASE_URL: node.databaseUrl, PUBLIC_URL: node.config.publicUrl }
  // A node with a wrong clock is not ready.
  const server = await startServer(env, '/livez')
  return { ...server, kill: () => server.child.kill('SIGKILL') && server.exited }
}
const logout = (token: string) => untilServed(() => call(`${node.baseUrl}/auth/logout`, { method: 'POST', token }))
const statuses = (baseUrl: string, tokens: string[]) =>
  Promise.all(tokens.map(async (token) => (await whoami(baseUrl, token)).status))

t.beforeEach(() => wind(0))

t.test('the clock of a node goes back an hour, and the node restarts', async (t) => {
  const wound = await start()
  const [ended, later, stays] = await Promise.all(
    ['ended', 'later', 'stays'].map((who) => register(node.baseUrl, who + '@example.com')),
  )
  if (!ended || !later || !stays) throw new Error('nobody registered')
  await logout(ended.access_token)
  await untilDenied(wound, ended.access_token)

  wind(-hour)
  const own = await untilServed(() => refresh(wound.baseUrl, stays.refresh_token))
  await pause(looked)
  t.same(
    await statuses(wound.baseUrl, [ended.access_token, stays.access_token, own.body.access_token]),
    [401, 200, 200],
  )
  await logout(later.access_token)
  const took = await untilDenied(wound, later.access_token)
  t.ok(took < promisedMs)
  await wound.kill()

  const again = await start()
  t.same(await statuses(again.baseUrl, [ended.access_token, later.access_token]), [401, 401], 'started again')
  const behind = (await untilServed(() => refresh(again.baseUrl, own.body.refresh_token))).body
  t.equal((await whoami(again.baseUrl, behind.access_token)).status, 200, 'it makes tokens that it believes itself')
  await call(`${node.baseUrl}/auth/logout`, { body: { refresh_token: behind.refresh_token } })
  t.ok((await untilDenied(again, behind.access_token)) < promisedMs, 'and denies once they are revoked')
  await again.kill()
  t.comment(`with its clock back an hour a node denies after ${took} ms`)
})

t.test('the clock of a node was ahead, so that entries were removed, and is corrected', async (t) => {
  const wound = await start()
  const { access_token } = await register(node.baseUrl)
  await logout(access_token)
  await untilDenied(wound, access_token)
  wind(lifeMs + 1000)
  await pause(looked)
  wind(0)
  t.same(await statuses(wound.baseUrl, [access_token]), [401])
  await wound.kill()
})

t.test('the clock of the database is an hour behind', async (t) => {
  const wound = await start()
  // The clock of one database cannot be set, but the time of its revocations can.
  await node.database.pool.query(
    `ALTER TABLE revocations ALTER created_at SET DEFAULT clock_timestamp() - interval '61 minutes'`,
  )
  const { access_token } = await register(node.baseUrl)
  await logout(access_token)
  t.ok((await untilDenied(wound, access_token)) < promisedMs)
  await pause(looked)
  t.same(await statuses(wound.baseUrl, [access_token]), [401])
  t.same(await statuses(node.baseUrl, [access_token]), [401], 'also where the logout was')
  await wound.kill()
})
