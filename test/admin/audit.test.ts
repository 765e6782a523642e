/** Administrators read the audit log and the mails that could not be delivered. */
import t from 'tap'
import type { AuditPage, MailPage } from '../../src/admin/wire.ts'
import { ask, auditRows, change, type Query, registerAdmin } from '../setup/admins.ts'
import { call, register } from '../setup/client.ts'
import { startNode } from '../setup/node.ts'

const node = await startNode(t, { env: { TRUSTED_PROXIES: '127.0.0.1' } })
const admin = await registerAdmin(node)
const ada = await register(node.baseUrl)
const sql = (text: string, values: unknown[] = []) => node.database.pool.query(text, values)
const audit = (query: Query = {}) => ask<AuditPage>(node, admin, '/admin/audit', query)

async function all(query: Query, limit: number): Promise<AuditPage['events']> {
  const events: AuditPage['events'] = []
  for (let cursor: string | null = ''; cursor !== null; ) {
    const { status, body }: Awaited<ReturnType<typeof audit>> = await audit({
      ...query,
      limit,
      ...(cursor ? { cursor } : {}),
    })
    if (status !== 200) throw new Error(`${status}: ${JSON.stringify(body)}`)
    if (body.events.length > limit) throw new Error('a page is too long')
    events.push(...body.events)
    cursor = body.next_cursor
  }
  return events
}

t.test('an event has its type, time, actor, subject, session, address and request', async (t) => {
  const response = await fetch(`${node.baseUrl}/admin/users/${ada.user.id}`, {
    method: 'PATCH',
    headers: {
      authorization: `Bearer ${admin.access_token}`,
      'content-type': 'application/json',
      'user-agent': 'Test/1.0',
      'x-request-id': 'asked-for-this',
    },
    body: JSON.stringify({ roles: ['editor'] }),
  })
  t.equal(response.status, 200)
  const { body } = await audit({ subject_id: ada.user.id, limit: 1 })
  t.equal(body.events.length, 1)
  t.match(body.events, [{ id: /^\d+$/, at: /^\d{4}-\d\d-\d\dT[\d:.]+Z$/ }])
  const { id: _, at, last_at: last, ...event } = body.events[0] ?? { at: '', last_at: '' }
  t.equal(last, at)
  t.ok(Math.abs(Date.parse(at) - Date.now()) < 60_000)
  t.strictSame(event, {
    count: 1,
    type: 'admin_roles_changed',
    actor_id: admin.user.id,
    subject_id: ada.user.id,
    session_id: admin.session_id,
    ip: '127.0.0.1',
    user_agent: 'Test/1.0',
    request_id: 'asked-for-this',
    detail: { added: ['editor'], removed: [] },
  })
})

t.test('pages of any size add up to the whole list, the newest first, with every filter', async (t) => {
  // Seven events share each time, so a page often ends between events of the same time.
  await sql(
    `INSERT INTO audit_events (at, type, actor_id, subject_id, session_id)
      SELECT timestamptz '2026-01-01T00:00:00Z' + (i / 7) * interval '1 day',
        CASE WHEN i % 2 = 0 THEN 'logout' ELSE 'login_succeeded' END,
        CASE WHEN i % 3 = 0 THEN $1::uuid END, CASE WHEN i % 5 = 0 THEN $2::uuid END, CASE WHEN i % 4 = 0 THEN $3::uuid END
      FROM generate_series(1, 70) i`,
    [admin.user.id, ada.user.id, ada.session_id],
  )
  const cases: [Query, where: string, values?: string[]][] = [
    [{}, 'true'],
    [{ type: 'logout' }, `type = 'logout'`],
    [{ actor_id: admin.user.id }, 'actor_id = $1', [admin.user.id]],
    [{ subject_id: ada.user.id }, 'subject_id = $1', [ada.user.id]],
    [{ session_id: ada.session_id, type: 'logout' }, `type = 'logout' AND session_id = $1`, [ada.session_id]],
    [{ from: '2026-01-03T00:00:00Z', to: '2026-01-06T01:00:00+01:00' }, `at >= '2026-01-03Z' AND at < '2026-01-06Z'`],
    [
      { to: '2026-01-04T00:00:00.000Z', actor_id: admin.user.id },
      `at < '2026-01-04Z' AND actor_id = $1`,
      [admin.user.id],
    ],
  ]
  for (const [query, where, values = []] of cases) {
    const expected = (await sql(`SELECT id FROM audit_events WHERE ${where} ORDER BY at DESC, id DESC`, values)).rows
    t.ok(expected.length > 2, `${expected.length} events`)
    for (const limit of [1, 6, 100]) {
      const ids = (await all(query, limit)).map(({ id }) => id)
      t.same(
        ids,
        expected.map(({ id }) => String(id)),
        `${JSON.stringify(query)}, ${limit} at a time`,
      )
    }
  }
})

t.test('reading the audit log writes no event', async (t) => {
  const before = (await auditRows(node)).length
  await all({}, 100)
  t.equal((await auditRows(node)).length, before)
})

t.test('undeliverable mails are listed without their content and address', async (t) => {
  const error =
    '550 5.1.1 <ada@example.com>: Recipient rejected; (ada+x@example.com) unknown, see mailto:ada@example.com'
  await sql(
    `INSERT INTO mails (id, kind, user_id, sealed, attempts, last_error, dead_at) SELECT gen_random_uuid(), 'password_reset',
      $1, 'sealed-content', 12, $2, CASE WHEN i > 3 THEN now() - (i / 2) * interval '1 minute' END FROM generate_series(1, 12) i`,
    [ada.user.id, error],
  )
  const found: MailPage['mails'] = []
  for (let cursor: string | null = ''; cursor !== null; ) {
    const query: Query = { limit: 2, ...(cursor ? { cursor } : {}) }
    const { body }: { body: MailPage } = await ask<MailPage>(node, admin, '/admin/mails', query)
    found.push(...body.mails)
    cursor = body.next_cursor
  }
  const { rows } = await sql('SELECT id FROM mails WHERE dead_at IS NOT NULL ORDER BY dead_at DESC, id DESC')
  t.same(
    found.map(({ id }) => id),
    rows.map(({ id }) => id),
  )
  t.equal(rows.length, 9)
  t.match(found[0], {
    kind: 'password_reset',
    user_id: ada.user.id,
    attempts: 12,
    last_error: /^550 5\.1\.1 .*rejected/,
  })
  t.notMatch(JSON.stringify(found), /sealed|example\.com|@/)
})

t.test('a user without the role admin can read none of it', async (t) => {
  const stranger = await register(node.baseUrl)
  for (const path of ['/admin/audit', '/admin/mails', '/admin/users', `/admin/users/${stranger.user.id}`]) {
    t.match(await ask(node, stranger, path), { status: 403, body: { code: 'forbidden' } }, path)
  }
  t.match(await change(node, stranger, stranger.user.id, { roles: ['admin'] }), { status: 403 })
  const { body } = await call(`${node.baseUrl}/auth/me`, { token: stranger.access_token })
  t.same(body['roles'], [])
})
