/** Refuses a database that answers before it has written. */
import type pg from 'pg'
import { StartError } from '../config/start-error.ts'

/**
 * Throws a StartError where a commit is not on disk when it is answered. A token pair would be handed out, a logout be
 * confirmed, that a crash of Postgres takes back: people would be logged out, and their old tokens be let in again.
 */
export async function refuseLostCommits(pool: Pick<pg.Pool, 'query'>): Promise<void> {
  // As this role finds it in this database: it may be set for either, or in the address.
  const { rows } = await pool.query<{ value: string }>(`SELECT current_setting('synchronous_commit') AS value`)
  if (rows[0]?.value !== 'off') return
  throw new StartError(
    'Postgres has synchronous_commit=off for this database: what it has confirmed would be lost if it crashed. ' +
      'Set it to on (or local, remote_write, remote_apply), for the server, or for this role or database alone: ' +
      'ALTER DATABASE name SET synchronous_commit = on.',
  )
}
