/** Repetitions of an event within an hour are one row with a count. What differs is a row of its own. */
import t from 'tap'
import { migrate } from '../../src/database/migrations/migrate.ts'
import type { AccountExport } from '../../src/privacy/export-wire.ts'
import { auditRows, registerAdmin } from '../setup/admins.ts'
import { call, refresh, register } from '../setup/client.ts'
import { createDatabase } from '../setup/database.ts'
import { startNode } from '../setup/node.ts'

const env = { TRUSTED_PROXIES: '127.0.0.1' }
// A new database, so that the migrations of this checkout count.
const { url: databaseUrl, drop } = await createDatabase({ migrated: false })
t.teardown(drop)
await migrate(databaseUrl)
const node = await startNode(t, { databaseUrl, env })
const other = await startNode(t, { databaseUrl, env })
const { pool } = node.database
const admin = await registerAdmin(node)

type Event = { type: string; count: number; last_at: Date | null }
const total = (events: readonly Event[]) => events.reduce((sum, { count }) => sum + count, 0)
// The hour may change during a test.
const mostRows = 2

const guess = (email: string, from: string, at = node) =>
  fetch(`${at.baseUrl}/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-forwarded-for': from },
    body: JSON.stringify({ email, password: 'not the password' }),
  })

t.test('refreshes with a dead token are one event of the session, from any address', async (t) => {
  const ada = await register(node.baseUrl)
  const own = await register(node.baseUrl, 'own@example.com')
  await pool.query('UPDATE sessions SET revoked_at = now() WHERE id = ANY($1)', [[ada.session_id]])
  const times = 60
  const answers = await Promise.all(
    Array.from({ length: times }, (_, i) =>
      fetch(`${(i % 2 ? node : other).baseUrl}/auth/refresh`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-forwarded-for': `198.51.100.${i}` },
        body: JSON.stringify({ refresh_token: ada.refresh_token }),
      }),
    ),
  )
  t.same(new Set(answers.map(({ status }) => status)), new Set([401]))
  const events = await auditRows(node, `type = 'refresh_ended' AND session_id = $1`, [ada.session_id])
  t.ok(events.length <= mostRows, `${events.length} rows`)
  t.equal(total(events), times, 'none is lost')
  t.ok(events[0].last_at >= events[0].at)
  t.equal((await refresh(node.baseUrl, own.refresh_token)).status, 200)
})

t.test('an export and the list of an administrator tell the count', async (t) => {
  const ada = await register(node.baseUrl)
  for (let i = 0; i < 5; i++) await guess(ada.user.email, '203.0.113.1')
  const { body } = await call<AccountExport>(`${node.baseUrl}/auth/me/export`, { token: ada.access_token })
  const exported = body.events.filter(({ type }) => type === 'login_failed')
  t.ok(exported.length <= mostRows)
  t.equal(total(exported as unknown as Event[]), 5)
  const registered = body.events.find(({ type }) => type === 'account_registered')
  t.match(registered, { count: 1, last_at: registered?.at })
  const path = `/admin/audit?type=login_failed&subject_id=${ada.user.id}`
  const list = await call<{ events: Event[] }>(`${node.baseUrl}${path}`, { token: admin.access_token })
  t.equal(total(list.body.events), 5)
})

t.test('another address and another account are events of their own', async (t) => {
  const [ada, bob] = [await register(node.baseUrl), await register(node.baseUrl)]
  for (const from of ['203.0.113.1', '203.0.113.2']) await guess(ada.user.email, from)
  await guess(bob.user.email, '203.0.113.1')
  const failed = (id: string) => auditRows(node, `type = 'login_failed' AND subject_id = $1`, [id])
  t.match(await failed(ada.user.id), [
    { ip: '203.0.113.1', count: 1 },
    { ip: '203.0.113.2', count: 1 },
  ])
  t.match(await failed(bob.user.id), [{ ip: '203.0.113.1', count: 1 }])
})

t.test('the first event keeps its request, and another hour is another event', async (t) => {
  const insert = `INSERT INTO audit_events (type, ip, request_id, at) VALUES ('refresh_replayed', '192.0.2.9', $1, $2)`
  for (const [id, at] of [
    ['first', '2026-01-01T10:00:00Z'],
    ['second', '2026-01-01T10:59:59Z'],
    ['third', '2026-01-01T11:00:00Z'],
  ]) {
    await pool.query(insert, [id, at])
  }
  t.match(await auditRows(node, `ip = '192.0.2.9'`), [
    { request_id: 'first', count: 2, last_at: new Date('2026-01-01T10:59:59Z') },
    { request_id: 'third', count: 1, last_at: null },
  ])
})

t.test('each theft, each login and each guess at an email without an account is an event', async (t) => {
  const insert = (type: string) => pool.query(`INSERT INTO audit_events (type, ip) VALUES ($1, '192.0.2.10')`, [type])
  for (const type of ['refresh_reused', 'login_succeeded', 'login_failed']) {
    for (let i = 0; i < 3; i++) await insert(type)
    t.match(await auditRows(node, `ip = '192.0.2.10' AND type = $1`, [type]), [{}, {}, {}], type)
  }
})

t.test('the deletion of an account removes what was made from the address', async (t) => {
  const ada = await register(node.baseUrl)
  await guess(ada.user.email, '203.0.113.5')
  const keys = async () =>
    (await auditRows(node, `type = 'login_failed' AND subject_id = $1`, [ada.user.id])).map((row) => row.repeat_key)
  t.match(await keys(), [Buffer])
  const { status } = await call(`${node.baseUrl}/auth/me`, { method: 'DELETE', token: ada.access_token })
  t.equal(status, 204)
  t.same(await keys(), [null])
})
