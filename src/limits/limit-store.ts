/**
 * Attempts in Postgres, on a table that is not logged: counting waits for no disk, and what a crash forgets is how
 * often somebody guessed. Each of these is one statement on one row.
 */
import type { Database } from '../database/client.ts'
import type { LimitStore } from './budgets.ts'

// $2 free, $3 seconds, $4 delays. By the clock and not the statement's time: who waited for the row is not early.
const delayAfter = (count: string) => `CASE WHEN ${count} < $2 THEN 0
  ELSE ($4::float8[])[least(${count} - $2 + 1, cardinality($4::float8[]))] END * interval '1 second'`

const reserve = {
  name: 'reserve-attempt',
  text: `INSERT INTO attempts AS a (key, count, refused, next_at, expires_at)
  VALUES ($1, 1, 0, clock_timestamp() + ${delayAfter('1')}, clock_timestamp() + $3 * interval '1 second')
  ON CONFLICT (key) DO UPDATE SET (count, refused, next_at, expires_at) = (
    SELECT n, 0, least(now + ${delayAfter('n')}, until), until FROM (
      SELECT now, CASE WHEN over THEN 1 ELSE a.count + 1 END AS n,
        CASE WHEN over OR $5 THEN now + $3 * interval '1 second' ELSE a.expires_at END AS until
      FROM (SELECT now, a.expires_at <= now AS over FROM clock_timestamp() AS now) AS t
      WHERE over OR a.count < $2 OR a.next_at <= now
    ) AS allowed
    UNION ALL SELECT a.count, a.refused + 1, a.next_at, a.expires_at
    ORDER BY 2 LIMIT 1
  )
  RETURNING count, refused, extract(epoch FROM next_at - clock_timestamp())::float8 AS "waitSeconds"`,
}
type Reserved = { count: number; refused: number; waitSeconds: number }

const giveBack = {
  name: 'give-attempt-back',
  text: `UPDATE attempts SET count = count - 1,
    next_at = CASE WHEN count = $2 THEN clock_timestamp() ELSE next_at END WHERE key = $1 AND count > 0`,
}

export function createLimitStore({ pool }: Pick<Database, 'pool'>): LimitStore {
  return {
    async reserve(key, { free, seconds, delays, slides }) {
      const { rows } = await pool.query<Reserved>({ ...reserve, values: [key, free, seconds, delays, slides] })
      const [row] = rows
      if (!row) throw new Error('an attempt was neither counted nor refused')
      if (row.refused === 0) return { allowed: true, count: row.count }
      return { allowed: false, waitSeconds: Math.max(row.waitSeconds, 0), first: row.refused === 1 }
    },

    async giveBack(key, count) {
      await pool.query({ ...giveBack, values: [key, count] })
    },

    async clear(key) {
      await pool.query({ name: 'clear-attempts', text: 'DELETE FROM attempts WHERE key = $1', values: [key] })
    },
  }
}
