/** The space of rows in Postgres, with their indexes: what a plan for millions of users multiplies. */
import pg from 'pg'
import { fill, uuidInSql } from '../harness/sessions.ts'
import type { Found, Row } from '../report/results.ts'
import { spreadOf } from '../report/spread.ts'
import { runWithoutTimeout } from './long-statement.ts'
import type { Tools } from './part.ts'

const count = 1_000_000

// The hash is as long as a real one, and so is the address.
const users = `INSERT INTO users (id, email, email_key, name, password_hash)
  SELECT ${uuidInSql(`'reader' || i`)}, 'reader.' || i || '@example.com', 'reader.' || i || '@example.com', 'Reader ' || i, repeat('h', 75)
  FROM generate_series(0, $1::int - 1) i`
const logins = `INSERT INTO audit_events (type, actor_id, subject_id, session_id, ip, user_agent, request_id)
  SELECT 'login_succeeded', ${uuidInSql(`'reader' || i`)}, ${uuidInSql(`'reader' || i`)}, gen_random_uuid(), '192.0.2.1',
    'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', gen_random_uuid()::text
  FROM generate_series(0, $1::int - 1) i`

export async function measureRows({ place }: Tools): Promise<Found> {
  const figures: Row[] = []
  for (const [id, name, table, insert] of [
    ['user', 'a user', 'users', users],
    ['session', 'a session', 'sessions', undefined],
    ['audit', 'a login in the audit log', 'audit_events', logins],
  ] as const) {
    const url = await place.newDatabase({ migrated: true })
    if (insert === undefined) await fill(url, count)
    else await runWithoutTimeout(url, insert, [count])
    figures.push({
      id,
      name,
      group: 'one row and its indexes',
      unit: 'bytes',
      value: spreadOf([await bytesOf(url, table)]),
    })
  }
  return { rows: figures, ratios: [] }
}

/** The bytes of a row of this table, with its share of the indexes. */
async function bytesOf(url: string, table: string): Promise<number> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const { rows } = await client.query<{ size: string }>(`SELECT pg_total_relation_size('${table}') AS size`)
  await client.end()
  return Number(rows[0]?.size) / count
}
