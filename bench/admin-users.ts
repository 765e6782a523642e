/** `node bench/admin-users.ts [PEOPLE]`: what a page of people costs an administrator where there are a million of them. */
import { createUserListStore, type UserFilter, type UserPosition } from '../src/admin/user-list-store.ts'
import { createDatabase as connect } from '../src/database/client.ts'
import { createDatabase } from '../test/setup/database.ts'

const people = Number(process.argv[2] ?? 1_000_000)
const pageSize = 51
const { url, drop } = await createDatabase()
const database = connect(url, () => {})
const users = createUserListStore(database)

// One in a thousand disabled, one in ten proven, three administrators, one in five an editor; half have a name.
const fill = `INSERT INTO users (id, email, email_key, name, password_hash, roles, disabled_at, email_verified_at)
  SELECT gen_random_uuid(), k || '@example.com', k || '@example.com', CASE WHEN i % 2 = 0 THEN 'Person ' || md5(i::text) END, '',
    CASE WHEN i < 3 THEN '{admin}'::text[] WHEN i % 5 = 0 THEN '{editor}'::text[] ELSE '{}' END,
    CASE WHEN i % 1000 = 0 THEN now() END, CASE WHEN i % 10 = 0 THEN now() END
  FROM (SELECT i, substr(md5(i::text), 1, 12) || i AS k FROM generate_series(0, $1 - 1) i) s`

/** Milliseconds: the median and the worst of the pages asked for, one after the other. */
async function time(filter: UserFilter, pages: number, from?: UserPosition) {
  const took: number[] = []
  let found = 0
  let after = from
  for (let i = 0; i < pages; i++) {
    const started = performance.now()
    const page = await users.page(filter, after, pageSize)
    took.push(performance.now() - started)
    found += page.length
    const last = page.at(-2)
    if (page.length < pageSize || !last) break
    after = { id: last.id, key: last.key ?? undefined }
  }
  took.sort((a, b) => a - b)
  return { median: took[Math.floor(took.length / 2)] ?? 0, worst: took.at(-1) ?? 0, pages: took.length, found }
}

try {
  const client = await database.pool.connect()
  await client.query('SET statement_timeout = 0')
  const long = { text: fill, values: [people], query_timeout: 600_000 }
  await client.query(long)
  await client.query({ text: 'VACUUM ANALYZE users', query_timeout: 600_000 } as { text: string })
  // Far down the list, where an OFFSET would have read everything before it.
  const deep = async (sql: string) => (await client.query<{ id: string; key: string }>(sql)).rows[0]
  const byId = await deep('SELECT id, NULL AS key FROM users ORDER BY id LIMIT 1 OFFSET 5200')
  const byEmail = await deep(`SELECT id, email_key AS key FROM users ORDER BY email_key USING ~>~ LIMIT 1 OFFSET 5200`)
  client.release()
  const cases: [string, UserFilter, (UserPosition | undefined)?][] = [
    ['the first hundred pages', {}],
    ['the last hundred pages', {}, byId],
    ['email a…', { emailPrefix: 'a' }],
    ['email abc…', { emailPrefix: 'abc' }],
    ['email, the last hundred pages', { emailPrefix: '' }, byEmail],
    ['name Person…', { namePrefix: 'Person' }],
    ['name Person abc…', { namePrefix: 'person abc' }],
    ['nobody: email zz…', { emailPrefix: 'zz' }],
    ['disabled, 1 in 1000', { disabled: true }],
    ['verified, 1 in 10', { verified: true }],
    ['not verified', { verified: false }],
    ['role admin, three', { role: 'admin' }],
    ['role editor, 1 in 5', { role: 'editor' }],
    ['role nobody has', { role: 'nothing' }],
    ['role nobody has, name Person…', { role: 'nothing', namePrefix: 'person' }],
    ['role editor, email a…', { role: 'editor', emailPrefix: 'a' }],
    ['disabled and email a…', { disabled: true, emailPrefix: 'a' }],
    ['admin and name Person…', { role: 'admin', namePrefix: 'person' }],
    ['disabled editors, verified', { role: 'editor', disabled: true, verified: true }],
    ['disabled, not verified: none', { disabled: true, verified: false }],
  ]
  console.log(`${people} people, pages of ${pageSize - 1}, milliseconds`)
  for (const [name, filter, from] of cases) {
    await time(filter, 3, from)
    const { median, worst, pages, found } = await time(filter, 100, from)
    const figures = `median ${median.toFixed(1).padStart(6)}  worst ${worst.toFixed(1).padStart(6)}`
    console.log(`${name.padEnd(30)} ${figures}  (${pages} pages, ${found} rows)`)
  }
} finally {
  await database.close()
  await drop()
}
