/** The server runs with a role that can neither change the schema nor the past of the audit log, as docs/guides/database-roles.md says. */
import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { Client } from 'pg'
import t from 'tap'
import { createCleaning } from '../../src/cleaning/cleaning.ts'
import { migrate } from '../../src/database/migrations/migrate.ts'
import { openDatabase } from '../../src/database/open.ts'
import { auditRows, change, registerAdmin } from '../setup/admins.ts'
import { call, password, refresh, register } from '../setup/client.ts'
import { createDatabase, execute } from '../setup/database.ts'
import { startNode } from '../setup/node.ts'

const page = await readFile('docs/guides/database-roles.md', 'utf8')
const [making = ''] = [...page.matchAll(/```sql\n(.*?)```/gs)].map(([, text]) => text)
const granting = await readFile('deploy/grants.sql', 'utf8')
// Roles belong to the whole Postgres, which other tests share. So the names on the page are replaced by names of this test.
const suffix = randomUUID().replaceAll('-', '').slice(0, 12)
const renamed = (text: string) => text.replaceAll(/\bcountersign(_owner|_app)?\b(?!\.)/g, `roles_${suffix}$1`)

const place = await createDatabase({ migrated: false })
const urlOf = (user: string, key: string) =>
  Object.assign(new URL(place.url), { username: renamed(user), password: key, pathname: renamed('countersign') }).href
const ownerUrl = urlOf('countersign_owner', 'a long password')
const appUrl = urlOf('countersign_app', 'another long password')

for (const statement of renamed(making).trim().split(';\n')) await execute(place.url, statement)
t.teardown(async () => {
  await execute(place.url, renamed('DROP DATABASE countersign WITH (FORCE)'))
  await execute(place.url, renamed('DROP ROLE countersign_app, countersign_owner'))
  await place.drop()
})

async function open(url: string) {
  const client = new Client({ connectionString: url })
  // The end of the test drops the database, and with it this connection.
  client.on('error', () => {})
  await client.connect()
  t.teardown(() => client.end())
  return client
}

const refused = { name: 'StartError', message: /A migration is missing, and the role .* Run `npm run migrate`/ }
const inEmptyDatabase = await migrate(appUrl).catch((error: unknown) => error)
await migrate(ownerUrl)
const owner = await open(ownerUrl)
await owner.query(renamed(granting))
const app = await open(appUrl)

t.test('the server runs with the app role', async (t) => {
  const { database, close } = await openDatabase({ dataDir: '', databaseUrl: appUrl }, { log() {}, onError() {} })
  t.equal((await database.pool.query('SELECT current_user AS name')).rows[0].name, renamed('countersign_app'))
  await close()

  const node = await startNode(t, { databaseUrl: appUrl, mail: true, env: { RATE_LIMITS: '' } })
  const ada = await register(node.baseUrl, 'ada@example.com')
  const credentials = { email: 'ada@example.com', password }
  t.equal((await call(`${node.baseUrl}/auth/login`, { body: credentials })).status, 200)
  const next = await refresh(node.baseUrl, ada.refresh_token)
  t.equal(next.status, 200)
  t.equal((await refresh(node.baseUrl, 'cs1.wrong')).status, 401)
  const token = next.body.access_token
  const newPassword = { current_password: password, new_password: 'another fine horse battery' }
  t.equal((await call(`${node.baseUrl}/auth/password`, { token, body: newPassword })).status, 200)
  t.equal((await call(`${node.baseUrl}/auth/password/forgot`, { body: { email: 'ada@example.com' } })).status, 202)
  const admin = await registerAdmin(node)
  t.equal((await change(node, admin, ada.user.id, { disabled: true })).status, 200)

  const leaving = await register(node.baseUrl, 'leaving@example.com')
  t.equal((await change(node, admin, leaving.user.id, { email_verified: true })).status, 200)
  t.equal((await call(`${node.baseUrl}/auth/logout`, { body: { refresh_token: admin.refresh_token } })).status, 204)
  // An event may name the session alone.
  const event = `INSERT INTO audit_events (type, session_id, ip) VALUES ('refresh_ended', $1, '192.0.2.1')`
  await app.query(event, [leaving.session_id])
  const again = await call(`${node.baseUrl}/auth/login`, { body: { email: 'leaving@example.com', password } })
  const gone = await call(`${node.baseUrl}/auth/me`, { method: 'DELETE', token: String(again.body['access_token']) })
  t.equal(gone.status, 204)
  const events = await auditRows(node, 'subject_id = $1 OR session_id = $2', [leaving.user.id, leaving.session_id])
  const theirs = events.filter(({ actor_id: actor }) => actor !== admin.user.id)
  t.ok(theirs.some(({ type }) => type === 'refresh_ended') && theirs.length > 2)
  for (const one of theirs) t.match(one, { ip: null, user_agent: null }, one.type)
  const byAdmin = events.find((one) => !theirs.includes(one))
  t.match(byAdmin, { type: 'admin_email_verified', ip: '127.0.0.1' }, 'the address of the administrator stays')
})

await t.test(
  'cleaning removes expired events with the app role, and younger ones stay whatever it asks for',
  async (t) => {
    for (const days of [2, 399, 401]) {
      await app.query(`INSERT INTO audit_events (type, at) VALUES ('logout', now() - $1 * interval '1 day')`, [days])
    }
    const older = `SELECT count(*)::int AS count FROM audit_events WHERE at < now() - interval '1 day'`
    const count = async () => (await app.query(older)).rows[0].count
    const cleaning = createCleaning({
      connectionString: appUrl,
      auditDays: 1,
      onError: (error) => t.fail(String(error)),
    })
    t.ok((await cleaning.round()) >= 1)
    t.equal(await count(), 2, 'the owner keeps events for 400 days')
    await app.query('SELECT remove_expired_audit_events(-1, 1000)')
    t.equal(await count(), 2, 'a call of the function cannot shorten that time')
    await owner.query(`CREATE OR REPLACE FUNCTION audit_days_at_least() RETURNS integer LANGUAGE sql AS 'SELECT 1'`)
    await app.query('SELECT remove_expired_audit_events(-1, 1000)')
    t.equal(await count(), 0)
    t.ok((await app.query('SELECT FROM audit_events')).rowCount, 'and events of today always stay')
  },
)

const forbidden = [
  'DELETE FROM audit_events',
  `UPDATE audit_events SET type = 'logout'`,
  'UPDATE audit_events SET ip = NULL',
  'TRUNCATE audit_events',
  'ALTER TABLE audit_events ADD COLUMN x int',
  'DROP TABLE audit_events',
  'DROP FUNCTION remove_expired_audit_events',
  `CREATE OR REPLACE FUNCTION audit_days_at_least() RETURNS integer LANGUAGE sql AS 'SELECT 0'`,
  'ALTER TABLE sessions DISABLE TRIGGER ALL',
  'CREATE TABLE another (id int)',
  'CREATE SCHEMA another',
  'CREATE TEMPORARY TABLE another (id int)',
  'DELETE FROM _prisma_migrations',
  `UPDATE _prisma_migrations SET checksum = ''`,
  'CREATE ROLE another',
]
for (const statement of forbidden) {
  t.test(`the app role may not ${statement}`, async (t) => {
    await t.rejects(app.query(statement), { code: '42501' })
  })
}

t.test('events of a user or a session that exists are not scrubbed', async (t) => {
  const { rows } = await owner.query('SELECT id, user_id FROM sessions LIMIT 1')
  const [{ id, user_id: userId }] = rows
  const scrub = 'SELECT scrub_deleted_user($1, $2, 1000)'
  const gone = '00000000-0000-4000-8000-000000000001'
  await t.rejects(app.query(scrub, [userId, []]), /only events of a deleted user/)
  await t.rejects(app.query(scrub, [gone, [id]]), /only events of a deleted user/)
})

t.test('a server whose database lacks a migration says who must apply it', async (t) => {
  await owner.query(
    'DELETE FROM _prisma_migrations WHERE started_at = (SELECT max(started_at) FROM _prisma_migrations)',
  )
  await t.rejects(migrate(appUrl), refused)
  t.match(inEmptyDatabase, refused)
})

t.test('the app role may use the tables of later migrations', async (t) => {
  await owner.query('CREATE TABLE of_a_later_migration (id bigserial PRIMARY KEY)')
  await t.resolves(app.query('INSERT INTO of_a_later_migration DEFAULT VALUES'))
})
