/** Sessions by number, with the same ids and secrets in SQL, which fills the tables with millions of them, and in JavaScript. */
import { createHash } from 'node:crypto'
import pg from 'pg'

const users = 10_000

/** A UUID in the form of version 4 that is made from this text. */
function uuidOf(text: string): string {
  const hex = createHash('md5').update(text).digest('hex')
  const parts = [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20)]
  return parts.join('-')
}
/** The same for an SQL expression. */
export const uuidInSql = (text: string) =>
  `overlay(overlay(md5(${text}) PLACING '4' FROM 13) PLACING '8' FROM 17)::uuid`

export const sessionId = (number: number): string => uuidOf(`session${number}`)
export const userId = (number: number): string => uuidOf(`user${number % users}`)
/** The secret of the session's first refresh token. */
export const secretOf = (number: number): Buffer => createHash('sha256').update(`secret${number}`).digest()

const hashInSql = `sha256(sha256(convert_to('secret' || i, 'UTF8')))`

const fillUsers = `INSERT INTO users (id, email, email_key, password_hash)
  SELECT ${uuidInSql(`'user' || i`)}, i || '@bench.test', i || '@bench.test', '' FROM generate_series(0, ${users - 1}) i`
const fillSessions = `INSERT INTO sessions (id, user_id, head_hash, amr, idle_expires_at, absolute_expires_at, device, ip)
  SELECT ${uuidInSql(`'session' || i`)}, ${uuidInSql(`'user' || i % ${users}`)}, ${hashInSql}, '{pwd}',
    now() + interval '30 days', now() + interval '365 days', 'Firefox on Linux', '192.0.2.1'
  FROM generate_series(0, $1::int - 1) i`

/** Inserts users and this many active sessions into a migrated database. Five million take a minute or two. */
export async function fill(url: string, sessions: number): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query(fillUsers)
  // The rows are consistent, so the foreign keys are not checked row by row.
  await client.query(`SET session_replication_role = replica`)
  await client.query(fillSessions, [sessions])
  await client.query('VACUUM ANALYZE users')
  await client.query('VACUUM ANALYZE sessions')
  await client.query('CHECKPOINT')
  await client.end()
}

/** This many numbers, spread evenly over a table of `total` sessions. */
export const spread = (count: number, sessions: number): number[] =>
  Array.from({ length: count }, (_, i) => Math.floor((i * sessions) / count))

/**
 * Resets these sessions, so that the first token of each is valid. With `plain`, the hash is only the generation, for the
 * servers that only run the statement.
 */
export async function renew(url: string, numbers: readonly number[], { plain = false } = {}): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const hash = plain ? `decode(repeat('0', 64), 'hex')` : hashInSql
  await client.query(
    `UPDATE sessions SET head_hash = ${hash}, prev_hash = NULL, salt = NULL, generation = 0, last_outcome = NULL
     FROM unnest($1::int[]) i WHERE id = ${uuidInSql(`'session' || i`)}`,
    [numbers],
  )
  await client.query('VACUUM sessions')
  await client.end()
}

/** How often these sessions were rotated since their reset. */
export async function rotations(url: string, numbers: readonly number[]): Promise<number> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const { rows } = await client.query<{ sum: number }>(
    `SELECT sum(generation)::float8 AS sum FROM sessions, unnest($1::int[]) i WHERE id = ${uuidInSql(`'session' || i`)}`,
    [numbers],
  )
  await client.end()
  return rows[0]?.sum ?? 0
}
