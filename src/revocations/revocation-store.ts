/** Revocations as a node reads them, over a connection of its own: a busy pool must not make the denylist stale. */
import { readAddress } from '../database/address.ts'
import { createSession } from '../database/session-client.ts'
import { type Params, sql, statement } from '../database/sql.ts'
import type { Revocation } from './denylist.ts'

const channel = 'countersign_revocations'
const pageSize = 20_000

type Row = Revocation & { seq: string }

const columns = sql`r.seq, r.kind, r.subject, r.user_id AS "userId", r.min_token_version AS "minTokenVersion",
  floor(extract(epoch FROM r.created_at) * 1000)::float8 AS "createdAt"`
const selectPage = statement(
  'revocations-page',
  (p: Params<{ seq: string; pageSize: number }>) => sql`SELECT ${columns} FROM revocations r
    WHERE r.seq > ${p.seq} ORDER BY r.seq LIMIT ${p.pageSize}`,
)
// A row gets its sequence number before its transaction commits, so a later row may become visible first. Every transaction
// below the snapshot's xmin has ended. So a read from the last snapshot's xmin on misses no row, however late it commits.
const selectSince = statement(
  'revocations-since',
  (p: Params<{ xmin: string; pageSize: number }>) => sql`SELECT s.xmin, ${columns}
    FROM (SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS xmin) s LEFT JOIN revocations r ON r.seq IN
      (SELECT seq FROM revocations WHERE xid >= ${p.xmin}::text::xid8 ORDER BY seq LIMIT ${p.pageSize})
    ORDER BY r.seq`,
)

// Two hours are longer than the life of any token and than any transaction. So the removed rows deny no token any more, and
// every node has read them.
const sweep = `DELETE FROM revocations WHERE created_at < clock_timestamp() - interval '2 hours'`

export type RevocationReader = {
  /** Passes on the revocations that were committed since the last read, at the first read all. The second may repeat some. */
  read(take: (revocation: Revocation) => void): Promise<void>
  /** Removes rows that deny no token any more. Any number of nodes may do so at once. */
  sweep(): Promise<void>
  /** The highest sequence number read. */
  lastSeq(): bigint
  close(): Promise<void>
}

type Dependencies = {
  connectionString: string
  listen: boolean
  onNotify: () => void
  /** Called when the connection is lost. The reader is useless then. */
  onLost: (error: Error) => void
}

/** Connects. Rejects if that takes longer than two seconds. */
export async function openRevocationReader({
  connectionString,
  listen,
  onNotify,
  onLost,
}: Dependencies): Promise<RevocationReader> {
  const client = createSession(connectionString, {
    connectionTimeoutMillis: 2000,
    query_timeout: 2000,
    keepAlive: true,
    application_name: 'countersign revocations',
  })
  client.on('error', onLost)
  client.on('end', () => onLost(new Error('the connection has ended')))
  client.on('notification', onNotify)
  await client.connect()
  // LISTEN before the first read, so that no revocation falls between the two.
  // Behind a pooler, the connection of Postgres that listens belongs to others after this statement.
  if (listen && !readAddress(connectionString).isPooled) await client.query(`LISTEN ${channel}`)
  let xmin: string | undefined
  let last = 0n

  // The rows that the last read found at or above its xmin. The next read finds them again; they are not passed on twice.
  let known = new Set<string>()

  const takeRow = ({ seq, ...revocation }: Row, take: (revocation: Revocation) => void) => {
    const number = BigInt(seq)
    if (number > last) last = number
    if (!known.has(seq)) take(revocation)
  }

  const readBehind = async (seq: string, take: (revocation: Revocation) => void) => {
    for (let rows: Row[] = [], from = seq; ; from = rows.at(-1)?.seq ?? from) {
      rows = (await client.query<Row>(selectPage({ seq: from, pageSize }))).rows
      for (const row of rows) takeRow(row, take)
      if (rows.length < pageSize) break
    }
  }

  const readAll = async (take: (revocation: Revocation) => void) => {
    const first = await client.query<{ xmin: string }>('SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS xmin')
    await readBehind('0', take)
    xmin = first.rows[0]?.xmin
  }

  return {
    async read(take) {
      if (xmin === undefined) return readAll(take)
      const { rows } = await client.query<Row & { xmin: string }>(selectSince({ xmin, pageSize }))
      const found = rows.filter(({ seq }) => seq !== null)
      for (const row of found) takeRow(row, take)
      // The page is full. The remaining rows have higher sequence numbers, in whichever transaction they were written.
      if (found.length === pageSize) await readBehind(found.at(-1)?.seq ?? '0', take)
      known = new Set(found.map(({ seq }) => seq))
      xmin = rows[0]?.xmin ?? xmin
    },
    sweep: async () => void (await client.query(sweep)),
    lastSeq: () => last,
    close: () => client.end(),
  }
}
