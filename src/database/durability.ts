/** Refuses a database that confirms a commit before it is on disk. */
import type pg from 'pg'
import { StartError } from '../config/start-error.ts'

/**
 * Throws a StartError if `synchronous_commit` is off. A crash of Postgres could then undo a refresh or a logout that was confirmed: users
 * would be logged out, and revoked tokens would work again.
 */
export async function refuseLostCommits(pool: Pick<pg.Pool, 'query'>): Promise<void> {
  // The value of this session counts: it may be set for the role, for the database, or in the URL.
  const { rows } = await pool.query<{ value: string }>(`SELECT current_setting('synchronous_commit') AS value`)
  if (rows[0]?.value !== 'off') return
  throw new StartError(
    'Postgres has synchronous_commit=off for this database: what it has confirmed would be lost if it crashed. ' +
      'Set it to on (or local, remote_write, remote_apply), for the server, or for this role or database alone: ' +
      'ALTER DATABASE name SET synchronous_commit = on.',
  )
}
