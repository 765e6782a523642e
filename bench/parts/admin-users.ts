/** A page of the list of users for an administrator, among a million users. `BENCH_USERS` changes the number. */
import { createUserListStore, type UserFilter, type UserPosition } from '../../src/admin/user-list-store.ts'
import { createDatabase } from '../../src/database/client.ts'
import { users as count, rounds } from '../harness/settings.ts'
import type { Found, Row } from '../report/results.ts'
import { spreadOf } from '../report/spread.ts'
import { runWithoutTimeout } from './long-statement.ts'
import type { Tools } from './part.ts'

const pageSize = 51
const pages = 20

// One in a thousand is disabled, one in ten is verified, three are administrators, one in five is an editor, half have a name.
const fill = `INSERT INTO users (id, email, email_key, name, password_hash, roles, disabled_at, email_verified_at)
  SELECT gen_random_uuid(), k || '@example.com', k || '@example.com', CASE WHEN i % 2 = 0 THEN 'Person ' || md5(i::text) END, '',
    CASE WHEN i < 3 THEN '{admin}'::text[] WHEN i % 5 = 0 THEN '{editor}'::text[] ELSE '{}' END,
    CASE WHEN i % 1000 = 0 THEN now() END, CASE WHEN i % 10 = 0 THEN now() END
  FROM (SELECT i, substr(md5(i::text), 1, 12) || i AS k FROM generate_series(0, $1 - 1) i) s`

const filters: readonly (readonly [name: string, filter: UserFilter])[] = [
  ['email begins with a', { emailPrefix: 'a' }],
  ['email begins with zz: none', { emailPrefix: 'zz' }],
  ['name begins with Person', { namePrefix: 'Person' }],
  ['disabled, 1 in 1,000', { disabled: true }],
  ['not verified, 9 in 10', { verified: false }],
  ['role admin, three users', { role: 'admin' }],
  ['role editor, 1 in 5', { role: 'editor' }],
  ['a role that nobody has', { role: 'nothing' }],
  ['role editor, email begins with a', { role: 'editor', emailPrefix: 'a' }],
  ['disabled and not verified: none', { disabled: true, verified: false }],
]

export async function measureAdminUsers({ place }: Tools): Promise<Found> {
  const url = await place.newDatabase({ migrated: true })
  await runWithoutTimeout(url, fill, [count])
  await runWithoutTimeout(url, 'VACUUM ANALYZE users')
  const database = createDatabase(url, () => {})
  place.atEnd(() => database.close())
  const store = createUserListStore(database)

  /** The median milliseconds of some pages, one after the other. */
  const timePages = async (filter: UserFilter, from?: UserPosition): Promise<number> => {
    const took: number[] = []
    let after = from
    for (let i = 0; i < pages; i++) {
      const started = performance.now()
      const page = await store.page(filter, after, pageSize)
      took.push(performance.now() - started)
      const last = page.at(-2)
      if (page.length < pageSize || !last) break
      after = { id: last.id, key: last.key ?? undefined }
    }
    return spreadOf(took).median
  }

  // With OFFSET, the last pages would read all rows before them.
  const far = 'SELECT id, NULL AS key FROM users ORDER BY id LIMIT 1 OFFSET 1200'
  const { rows: found } = await database.pool.query<UserPosition>(far)
  const cases: (readonly [name: string, filter: UserFilter, from?: UserPosition | undefined])[] = [
    ['the first pages', {}],
    ['the last pages', {}, found[0]],
    ...filters,
  ]
  const took = cases.map(() => [] as number[])
  for (let round = -1; round < rounds; round++) {
    for (const [i, [, filter, from]] of cases.entries()) {
      const median = await timePages(filter, from)
      // The first round warms up.
      if (round >= 0) took[i]?.push(median)
    }
  }
  const group = `${count.toLocaleString('en')} users, pages of ${pageSize - 1}`
  const rows = cases.map(([name], i): Row => {
    return { id: `case-${i}`, name, group, unit: 'ms', value: spreadOf(took[i] ?? []) }
  })
  const [first = [], last = []] = took
  const each = last.map((ms, i) => ms / (first[i] ?? Number.NaN))
  const ratio = { name: 'the last pages ÷ the first pages', value: spreadOf(each), atLeast: 0, atMost: 2 }
  return { rows, ratios: [ratio] }
}
