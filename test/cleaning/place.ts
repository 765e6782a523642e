/** A database with expired rows for the tests of cleaning. */
import { randomUUID } from 'node:crypto'
import pg from 'pg'
import type { Test } from 'tap'
import { createCleaning } from '../../src/cleaning/cleaning.ts'
import { createDatabase } from '../setup/database.ts'

/** A database with one user, and a function that cleans it. */
export async function setUp(t: Test) {
  const { url, drop } = await createDatabase()
  t.teardown(drop)
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  t.teardown(() => client.end())
  const query = async (sql: string, values: unknown[] = []) => (await client.query(sql, values)).rows
  const [user] = await query(
    `INSERT INTO users (id, email, email_key, password_hash) VALUES (gen_random_uuid(), 'a', 'a', '') RETURNING id`,
  )
  const userId = String(user.id)
  const errors: Error[] = []
  const cleaning = (more: { everyMs?: number; blocksARound?: number; connectionString?: string } = {}) => {
    const one = createCleaning({
      connectionString: url,
      auditDays: 30,
      onError: (error) => errors.push(error),
      ...more,
    })
    t.teardown(() => one.stop())
    return one
  }
  return { url, query, userId, cleaning, errors }
}
export type Place = Awaited<ReturnType<typeof setUp>>

/** Times are SQL intervals from now. */
type Ends = { idle?: string; absolute?: string; revoked?: string; epoch?: number; user?: string }
export async function addSession(place: Place, ends: Ends) {
  const { idle = '1 hour', absolute = '1 year', revoked, epoch = 0, user = place.userId } = ends
  const id = randomUUID()
  await place.query(
    `INSERT INTO sessions (id, user_id, head_hash, idle_expires_at, absolute_expires_at, revoked_at, epoch)
     VALUES ($1, $2, '', now() + $3::interval, now() + $4::interval, now() + $5::interval, $6)`,
    [id, user, idle, absolute, revoked, epoch],
  )
  return id
}
export const addSessions = ({ query, userId }: Place, count: number, idle = '-8 days') =>
  query(
    `INSERT INTO sessions (id, user_id, head_hash, idle_expires_at, absolute_expires_at)
     SELECT gen_random_uuid(), $1, sha256(i::text::bytea), now() + $3::interval, now() + interval '1 year'
     FROM generate_series(1, $2::int) i`,
    [userId, count, idle],
  )
export const countOf = async ({ query }: Place, table: string) =>
  Number((await query(`SELECT count(*) FROM ${table}`))[0].count)
