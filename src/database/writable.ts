/** Whether writes succeed: after a failover, the address may lead to a server that only reads. */
import type pg from 'pg'

/** SQLSTATE of a write in a session that only reads. */
export const readOnlyCode = '25006'

/** Rejects with the code 25006 if Postgres answers and only reads, and with another error if it does not answer. */
export async function requireWritable(pool: Pick<pg.Pool, 'query'>): Promise<void> {
  const { rows } = await pool.query<{ isReadOnly: boolean }>(
    `SELECT current_setting('transaction_read_only') = 'on' AS "isReadOnly"`,
  )
  if (rows[0]?.isReadOnly) throw Object.assign(new Error('the database only reads'), { code: readOnlyCode })
}
