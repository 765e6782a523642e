/**
 * Removes rows that are over, a batch a transaction, over one connection of its own: a busy pool does not wait for it, and
 * rows that somebody is working on are passed over. Each transaction takes the lock that one node at a time has: nothing is
 * held between two of them, so a pooler that shares connections between transactions may stand in front.
 */
import pg from 'pg'
import { advisoryLocks } from '../database/advisory-locks.ts'

/** A session stays for a week after its end, for whoever asks what became of it; its refresh tokens are no good all along. */
const sessionsKept = '7 days'
const deadMailKept = '30 days'

export const batchSize = 1000
/** Sessions are looked through so many blocks of 8 KiB at once: a few thousand rows, a few milliseconds. */
export const blocksAtOnce = 128

// LOCAL, and not settings of the connection: behind a pooler that is somebody else's after the commit.
const begin = `BEGIN; SET LOCAL statement_timeout = '2s'; SET LOCAL lock_timeout = '200ms';
  SELECT pg_try_advisory_xact_lock(${advisoryLocks.cleaning}) AS mine`

// By place in the table and not by an index on its end: each refresh moves that, and would write the index anew, and with it
// every other index of the table. A session that is past its end, or revoked, never comes back, so what was read stays true.
const sessions = `DELETE FROM sessions WHERE ctid = ANY(ARRAY(
  SELECT ctid FROM sessions s
  WHERE ctid >= $1::tid AND ctid < $2::tid
    AND least(s.revoked_at, s.idle_expires_at, s.absolute_expires_at) < statement_timestamp() - interval '${sessionsKept}'
  LIMIT ${batchSize} FOR UPDATE SKIP LOCKED))`
const blocks = `SELECT pg_relation_size('sessions') / current_setting('block_size')::int AS blocks`

const oneTimeTokens = `DELETE FROM one_time_tokens WHERE id = ANY(ARRAY(
  SELECT id FROM one_time_tokens WHERE expires_at < statement_timestamp()
  ORDER BY expires_at LIMIT ${batchSize} FOR UPDATE SKIP LOCKED))`

const auditEvents = `DELETE FROM audit_events WHERE id = ANY(ARRAY(
  SELECT id FROM audit_events WHERE at < statement_timestamp() - $1 * interval '1 day'
  ORDER BY at LIMIT ${batchSize} FOR UPDATE SKIP LOCKED))`

const mails = `DELETE FROM mails WHERE id = ANY(ARRAY(
  SELECT id FROM mails WHERE dead_at < statement_timestamp() - interval '${deadMailKept}'
  ORDER BY dead_at LIMIT ${batchSize} FOR UPDATE SKIP LOCKED))`

const attempts = `DELETE FROM attempts WHERE key = ANY(ARRAY(
  SELECT key FROM attempts WHERE expires_at <= statement_timestamp()
  ORDER BY expires_at LIMIT ${batchSize} FOR UPDATE SKIP LOCKED))`

/** How many rows went; undefined where another node is cleaning. */
export type Removed = number | undefined

export type Cleaner = {
  /** Of one stretch of the table, which begins at this block, and how many it has. */
  sessions(fromBlock: number): Promise<Removed>
  /** How many blocks of sessions there are. */
  sessionBlocks(): Promise<number>
  oneTimeTokens(): Promise<Removed>
  auditEvents(days: number): Promise<Removed>
  mails(): Promise<Removed>
  attempts(): Promise<Removed>
  close(): Promise<void>
}

/** Connects; rejects where it cannot within two seconds. */
export async function openCleaner(connectionString: string): Promise<Cleaner> {
  const client = new pg.Client({
    connectionString,
    connectionTimeoutMillis: 2000,
    query_timeout: 2500,
    application_name: 'countersign cleaning',
  })
  // The query under way, or the next one, fails with the same error.
  client.on('error', () => {})
  await client.connect()

  async function remove(statement: string, values: readonly unknown[] = []): Promise<Removed> {
    // Several statements in one text have several results, which pg's types do not say.
    const results = (await client.query(begin)) as unknown as pg.QueryResult<{ mine: boolean }>[]
    if (!results.at(-1)?.rows[0]?.mine) {
      await client.query('ROLLBACK')
      return undefined
    }
    const { rowCount } = await client.query(statement, [...values])
    await client.query('COMMIT')
    return rowCount ?? 0
  }

  return {
    sessions: (from) => remove(sessions, [`(${from},0)`, `(${from + blocksAtOnce},0)`]),
    sessionBlocks: async () => Number((await client.query<{ blocks: string }>(blocks)).rows[0]?.blocks),
    oneTimeTokens: () => remove(oneTimeTokens),
    auditEvents: (days) => remove(auditEvents, [days]),
    mails: () => remove(mails),
    attempts: () => remove(attempts),
    close: () => client.end(),
  }
}
