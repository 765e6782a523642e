/**
 * Removes expired rows. Each batch is a transaction on a connection of its own, so that a busy pool does not delay it, and locked rows are
 * skipped. Each transaction takes the lock that one node at a time holds. Nothing is held between two transactions, so a pooler that
 * shares connections between transactions may stand in front.
 */
import type pg from 'pg'
import { advisoryLocks } from '../database/advisory-locks.ts'
import { createSession } from '../database/session-client.ts'
import { type Fragment, sql, toQuery } from '../database/sql.ts'

// An ended session is kept for a week for those who ask how it ended. Its refresh tokens are refused all the time.
const sessionsKept = '7 days'
const deadMailKept = '30 days'

export const batchSize = 1000
/** The sessions table is read in steps of so many blocks of 8 KiB: a few thousand rows, a few milliseconds. */
export const blocksAtOnce = 128

// SET LOCAL, because behind a pooler the connection belongs to another client after the commit.
const begin = `BEGIN; SET LOCAL statement_timeout = '2s'; SET LOCAL lock_timeout = '200ms';
  SELECT pg_try_advisory_xact_lock(${advisoryLocks.cleaning}) AS mine`

// The rows are found by their place in the table. An index on the end of a session would be written with every refresh, and with it every
// other index of the table. A session that ended with all others of its user has no time of its end, so it is not kept, and neither are
// the sessions of a deleted user. A session that has ended never comes back, so the rows that were read stay removable.
const sessions = (from: string, to: string) => sql`DELETE FROM sessions WHERE ctid = ANY(ARRAY(
  SELECT ctid FROM sessions s
  WHERE ctid >= ${from}::tid AND ctid < ${to}::tid
    AND (least(s.revoked_at, s.idle_expires_at, s.absolute_expires_at) < statement_timestamp() - ${sessionsKept}::interval
      OR NOT EXISTS (SELECT FROM users u WHERE u.id = s.user_id
        AND (s.revoked_at IS NOT NULL OR s.epoch >= u.sessions_valid_from)))
  LIMIT ${batchSize} FOR UPDATE SKIP LOCKED))`
const blocks = sql`SELECT pg_relation_size('sessions') / current_setting('block_size')::int AS blocks`

/** The rows of these tables are of no use after their `expires_at`. */
const expiring = {
  one_time_tokens: sql`one_time_tokens`,
  email_codes: sql`email_codes`,
  signin_attempts: sql`signin_attempts`,
  spent_challenges: sql`spent_challenges`,
  trusted_devices: sql`trusted_devices`,
  factor_resets: sql`factor_resets`,
  attempts: sql`attempts`,
}
export type Expiring = keyof typeof expiring
export const expiringTables = Object.keys(expiring) as Expiring[]

const expired = (table: Expiring) => sql`DELETE FROM ${expiring[table]} WHERE ctid = ANY(ARRAY(
  SELECT ctid FROM ${expiring[table]} WHERE expires_at <= statement_timestamp()
  ORDER BY expires_at LIMIT ${batchSize} FOR UPDATE SKIP LOCKED))`

// The role of the server may lack the right to delete events. The function of the owner deletes none that is too young.
const auditEvents = (days: number) => sql`SELECT remove_expired_audit_events(${days}, ${batchSize}) AS removed`

// The list loses a deleted user when no event of that user is left to scrub.
const deletedUsers = sql`WITH gone AS (
  SELECT id FROM deleted_users ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED
), scrubbed AS MATERIALIZED (
  SELECT id, scrub_deleted_user(id, '{}', ${batchSize}) AS count FROM gone
), finished AS (
  DELETE FROM deleted_users d USING scrubbed s WHERE d.id = s.id AND s.count < ${batchSize}
) SELECT count AS removed FROM scrubbed`

const mails = sql`DELETE FROM mails WHERE id = ANY(ARRAY(
  SELECT id FROM mails WHERE dead_at < statement_timestamp() - ${deadMailKept}::interval
  ORDER BY dead_at LIMIT ${batchSize} FOR UPDATE SKIP LOCKED))`

/** The number of removed rows, or undefined if another node cleans. */
export type Removed = number | undefined

export type Cleaner = {
  /** Removes sessions from `blocksAtOnce` blocks of the table, from this block on. */
  sessions(fromBlock: number): Promise<Removed>
  /** The number of blocks of the sessions table. */
  sessionBlocks(): Promise<number>
  /** Removes rows that have expired. */
  expired(table: Expiring): Promise<Removed>
  auditEvents(days: number): Promise<Removed>
  /** Removes addresses from audit events of a deleted user. */
  deletedUsers(): Promise<Removed>
  mails(): Promise<Removed>
  close(): Promise<void>
}

/** Connects. Rejects if it cannot within two seconds. */
export async function openCleaner(connectionString: string): Promise<Cleaner> {
  const client = createSession(connectionString, {
    connectionTimeoutMillis: 2000,
    query_timeout: 2500,
    application_name: 'countersign cleaning',
  })
  // The present query, or the next one, fails with the same error.
  client.on('error', () => {})
  await client.connect()

  async function remove(statement: Fragment): Promise<Removed> {
    // Several statements in one text have several results. The types of pg do not know that.
    const results = (await client.query(begin)) as unknown as pg.QueryResult<{ mine: boolean }>[]
    if (!results.at(-1)?.rows[0]?.mine) {
      await client.query('ROLLBACK')
      return undefined
    }
    const { rows, rowCount } = await client.query<{ removed?: number }>(toQuery(statement))
    await client.query('COMMIT')
    return rows[0]?.removed ?? rowCount ?? 0
  }

  return {
    sessions: (from) => remove(sessions(`(${from},0)`, `(${from + blocksAtOnce},0)`)),
    sessionBlocks: async () => Number((await client.query<{ blocks: string }>(toQuery(blocks))).rows[0]?.blocks),
    expired: (table) => remove(expired(table)),
    auditEvents: (days) => remove(auditEvents(days)),
    deletedUsers: () => remove(deletedUsers),
    mails: () => remove(mails),
    close: () => client.end(),
  }
}
