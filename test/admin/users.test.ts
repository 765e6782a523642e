/** Administrators find users and look at one. */
import t from 'tap'
import type { UserPage } from '../../src/admin/wire.ts'
import { ask, type Query, registerAdmin } from '../setup/admins.ts'
import { call, password, register } from '../setup/client.ts'
import { startNode } from '../setup/node.ts'

const node = await startNode(t)
const admin = await registerAdmin(node, 'zz-admin@example.com')
const sql = (text: string, values: unknown[] = []) => node.database.pool.query(text, values)

// The names of these users sort differently from their emails, so that a page cannot be right by accident.
await sql(`INSERT INTO users (id, email, email_key, name, password_hash, roles, disabled_at, email_verified_at)
  SELECT gen_random_uuid(), 'Person' || lpad(i::text, 2, '0') || '@Example.com', 'person' || lpad(i::text, 2, '0') || '@example.com',
    'Name ' || (i * 7 % 5), 'x', CASE WHEN i % 6 = 0 THEN '{editor,billing}'::text[] ELSE '{}' END,
    CASE WHEN i % 10 = 0 THEN now() END, CASE WHEN i % 3 = 0 THEN now() END
  FROM generate_series(1, 60) i
  UNION ALL SELECT gen_random_uuid(), 'nab@example.com', 'nab@example.com', 'Nab', 'x', '{}', NULL, NULL`)

const list = (query: Query = {}) => ask<UserPage>(node, admin, '/admin/users', query)

async function all(query: Query, limit: number) {
  const users = []
  for (let cursor: string | null = ''; cursor !== null; ) {
    const { status, body } = await list({ ...query, limit, ...(cursor === '' ? {} : { cursor }) })
    if (status !== 200) throw new Error(`${status}: ${JSON.stringify(body)}`)
    if (body.users.length > limit || (body.next_cursor !== null && body.users.length < limit))
      throw new Error('page size')
    users.push(...body.users)
    cursor = body.next_cursor
  }
  return users
}

t.test('pages of any size add up to the whole list, with each user once', async (t) => {
  const cases: [Query, order: string][] = [
    [{}, 'ORDER BY id DESC'],
    [{ email: 'PERSON' }, `WHERE email_key LIKE 'person%' ORDER BY email_key COLLATE "C"`],
    [{ name: 'nAME' }, `WHERE name LIKE 'Name%' ORDER BY lower(name) COLLATE "C", id`],
    [{ name: 'name 3' }, `WHERE name = 'Name 3' ORDER BY id`],
    [{ role: 'editor' }, `WHERE 'editor' = ANY(roles) ORDER BY id DESC`],
    [{ disabled: 'true' }, 'WHERE disabled_at IS NOT NULL ORDER BY id DESC'],
    [
      { verified: 'true', disabled: 'false' },
      'WHERE disabled_at IS NULL AND email_verified_at IS NOT NULL ORDER BY id DESC',
    ],
    [
      { verified: 'false', name: 'N' },
      `WHERE name > '' AND email_verified_at IS NULL ORDER BY lower(name) COLLATE "C", id`,
    ],
    [
      { role: 'editor', email: 'person3' },
      `WHERE email_key LIKE 'person3%' AND cardinality(roles) > 0 ORDER BY email_key`,
    ],
  ]
  for (const [query, order] of cases) {
    const { rows } = await sql(`SELECT id FROM users ${order}`)
    t.ok(rows.length > 1, `${rows.length} users`)
    for (const limit of [1, 7, rows.length, 100]) {
      const found = await all(query, limit)
      t.same(
        found.map(({ id }) => id),
        rows.map(({ id }) => id),
        `${JSON.stringify(query)}, ${limit} at a time`,
      )
    }
  }
})

t.test('a page begins where the page before ended, although users were added and removed meanwhile', async (t) => {
  const first = (await list({ email: 'person', limit: 10 })).body
  await sql(`UPDATE users SET email_key = 'moved@example.com' WHERE email_key = 'person10@example.com'`)
  await sql(`INSERT INTO users (id, email, email_key, password_hash)
    VALUES (gen_random_uuid(), 'p', 'person00@example.com', 'x'), (gen_random_uuid(), 'p', 'person10a@example.com', 'x')`)
  const second = (await list({ email: 'person', limit: 10, cursor: first.next_cursor ?? '' })).body
  t.equal(first.users.at(-1)?.email, 'Person10@Example.com')
  t.equal(second.users[1]?.email, 'Person11@Example.com')
})

t.test('a cursor works for its own list only', async (t) => {
  const queries: Query[] = [{}, { email: 'person' }, { name: 'name' }]
  for (const [i, from] of queries.entries()) {
    const { next_cursor: cursor } = (await list({ ...from, limit: 1 })).body
    t.type(cursor, 'string')
    for (const [j, to] of queries.entries()) {
      const { status } = await list({ ...to, limit: 1, cursor: cursor ?? '' })
      t.equal(status, i === j ? 200 : 400, JSON.stringify([from, to]))
    }
    t.match(await ask(node, admin, `/admin/audit?cursor=${cursor}`), { status: 400, body: { code: 'invalid_request' } })
  }
})

t.test('the cursor after the longest possible email is valid', async (t) => {
  const longest = `${'\u0130'.repeat(32)}@${'\u00fc'.repeat(30)}.${'\u0130'.repeat(12)}.${'\u00fc'.repeat(30)}.de`
  await register(node.baseUrl, longest)
  await register(node.baseUrl, `${'\u0130'.repeat(32)}@zz.de`)
  const first = (await list({ email: '\u0130'.repeat(30), limit: 1 })).body
  const second = await list({ email: '\u0130'.repeat(30), limit: 1, cursor: first.next_cursor ?? '' })
  t.equal(second.status, 200)
  t.equal(second.body.users.length, 1)
})

t.test('a search ignores case and knows no wildcards', async (t) => {
  await register(node.baseUrl, 'J\u00f6rg@M\u00fcller.de')
  const emails = async (query: Query) => (await list(query)).body.users.map(({ email }) => email)
  for (const email of ['jo\u0308', 'J\u00d6RG@', 'j\u00f6rg@xn--mller', 'J\u00f6rg@M\u00dcLLER.de']) {
    t.same(await emails({ email }), ['J\u00f6rg@M\u00fcller.de'], email)
  }
  await register(node.baseUrl, 'bob@163.com')
  for (const email of ['bob@163', 'bob@163.', 'bob@163.com']) t.same(await emails({ email }), ['bob@163.com'], email)
  for (const pattern of ['%', '_erson', 'person%', '\\', `'`, '\u{10FFFF}']) {
    t.same(await emails({ email: pattern }), [], pattern)
    t.same(await emails({ name: pattern }), [], pattern)
  }
})

t.test('an administrator sees the account and its live sessions, and no secret', async (t) => {
  const ada = await register(node.baseUrl, 'seen@example.com')
  const body = { email: 'seen@example.com', password }
  const again = await call(`${node.baseUrl}/auth/login`, { body })
  const { status, body: seen } = await ask(node, admin, `/admin/users/${ada.user.id}`)
  t.equal(status, 200)
  const session = { mode: 'bearer', device: 'node', ip: '127.0.0.1', expires_at: /Z$/, refreshed_at: /Z$/ }
  t.match(seen, {
    ...ada.user,
    email_verified: false,
    disabled: false,
    disabled_at: null,
    sessions: [
      { ...session, id: again.body['session_id'] },
      { ...session, id: ada.session_id },
    ],
  })
  t.equal((seen['sessions'] as unknown[]).length, 2)
  t.same(
    Object.keys(seen).filter((name) => /hash|token|key/.test(name)),
    [],
  )
  await call(`${node.baseUrl}/auth/logout`, { body: { refresh_token: ada.refresh_token } })
  await sql(`UPDATE sessions SET idle_expires_at = now() WHERE id = $1`, [again.body['session_id']])
  const { body: after } = await ask(node, admin, `/admin/users/${ada.user.id}`)
  t.same(after['sessions'], [], 'revoked and expired sessions are not shown')
  const unknown = '01890000-0000-7000-8000-000000000000'
  t.match(await ask(node, admin, `/admin/users/${unknown}`), { status: 404, body: { code: 'not_found' } })
})
