/**
 * Attempts in Postgres, in an unlogged table: counting waits for no disk, and a crash of Postgres only forgets some attempts. Each operation
 * is one statement on one row.
 */
import type { Database } from '../database/client.ts'
import { type Fragment, type Params, sql, statement } from '../database/sql.ts'
import type { LimitStore } from './budgets.ts'

type Reserve = {
  key: Buffer
  free: number
  seconds: number
  delays: readonly number[]
  slides: boolean
}

const delayAfter = (p: Params<Reserve>, count: Fragment) => sql`CASE WHEN ${count} < ${p.free}::int THEN 0
  ELSE (${p.delays}::float8[])[least(${count} - ${p.free}::int + 1, cardinality(${p.delays}::float8[]))] END
  * interval '1 second'`

// The statement uses the clock and not its own start time, so that a request that waited for the row is not early.
const reserveAttempt = statement(
  'reserve-attempt',
  (p: Params<Reserve>) => sql`INSERT INTO attempts AS a (key, count, refused, next_at, expires_at)
  VALUES (${p.key}, 1, 0, clock_timestamp() + ${delayAfter(p, sql`1`)},
    clock_timestamp() + ${p.seconds} * interval '1 second')
  ON CONFLICT (key) DO UPDATE SET (count, refused, next_at, expires_at) = (
    SELECT n, 0, least(now + ${delayAfter(p, sql`n`)}, until), until FROM (
      SELECT now, CASE WHEN over THEN 1 ELSE a.count + 1 END AS n,
        CASE WHEN over OR ${p.slides} THEN now + ${p.seconds} * interval '1 second' ELSE a.expires_at END AS until
      FROM (SELECT now, a.expires_at <= now AS over FROM clock_timestamp() AS now) AS t
      WHERE over OR a.count < ${p.free}::int OR a.next_at <= now
    ) AS allowed
    UNION ALL SELECT a.count, a.refused + 1, a.next_at, a.expires_at
    ORDER BY 2 LIMIT 1
  )
  RETURNING count, refused, extract(epoch FROM next_at - clock_timestamp())::float8 AS "waitSeconds"`,
)
type Reserved = { count: number; refused: number; waitSeconds: number }

const giveBackAttempt = statement(
  'give-attempt-back',
  (p: Params<{ key: Buffer; count: number }>) => sql`UPDATE attempts SET count = count - 1,
    next_at = CASE WHEN count = ${p.count} THEN clock_timestamp() ELSE next_at END WHERE key = ${p.key} AND count > 0`,
)

const clearAttempts = statement(
  'clear-attempts',
  (p: Params<{ key: Buffer }>) => sql`DELETE FROM attempts WHERE key = ${p.key}`,
)

export function createLimitStore({ pool }: Pick<Database, 'pool'>): LimitStore {
  return {
    async reserve(key, { free, seconds, delays, slides }) {
      const { rows } = await pool.query<Reserved>(reserveAttempt({ key, free, seconds, delays, slides }))
      const [row] = rows
      if (!row) throw new Error('an attempt was neither counted nor refused')
      if (row.refused === 0) return { allowed: true, count: row.count }
      return { allowed: false, waitSeconds: Math.max(row.waitSeconds, 0), first: row.refused === 1 }
    },

    async giveBack(key, count) {
      await pool.query(giveBackAttempt({ key, count }))
    },

    async clear(key) {
      await pool.query(clearAttempts({ key }))
    },
  }
}
