/** Revocations as the feed reads them: over one connection of its own, so that a busy pool cannot make it stale. */
import pg from 'pg'
import type { Revocation } from './denylist.ts'

const channel = 'countersign_revocations'
const pageSize = 20_000

type Row = Revocation & { seq: string }

const columns = `r.seq, r.kind, r.subject, r.user_id AS "userId", r.min_token_version AS "minTokenVersion",
  floor(extract(epoch FROM r.created_at) * 1000)::float8 AS "createdAt"`
const page = `SELECT ${columns} FROM revocations r WHERE r.seq > $1 ORDER BY r.seq LIMIT ${pageSize}`
// A sequence number is taken before its transaction commits, so a higher one may be seen first. Transaction ids below
// the snapshot's xmin are all decided: reading from the last look's xmin on misses nothing, however late it commits.
const since = `SELECT s.xmin, ${columns}
  FROM (SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS xmin) s LEFT JOIN revocations r ON r.seq IN
    (SELECT seq FROM revocations WHERE xid >= $1::text::xid8 ORDER BY seq LIMIT ${pageSize})
  ORDER BY r.seq`

// Longer than the longest token life and than any transaction: what it removes can end nothing, and has been read.
const sweep = `DELETE FROM revocations WHERE created_at < clock_timestamp() - interval '2 hours'`

export type RevocationReader = {
  /** What was committed since the last look, some of it perhaps again at the second. Everything, at the first look. */
  read(take: (revocation: Revocation) => void): Promise<void>
  /** Removes rows that can end no token any more. Any number of nodes may. */
  sweep(): Promise<void>
  /** The highest sequence number read. */
  lastSeq(): bigint
  close(): Promise<void>
}

type Options = {
  connectionString: string
  listen: boolean
  onNotify: () => void
  /** The connection is gone: this reader is of no more use. */
  onLost: (error: Error) => void
}

/** Connects; rejects where it cannot within two seconds. */
export async function openRevocationReader({
  connectionString,
  listen,
  onNotify,
  onLost,
}: Options): Promise<RevocationReader> {
  const client = new pg.Client({
    connectionString,
    connectionTimeoutMillis: 2000,
    query_timeout: 2000,
    keepAlive: true,
    application_name: 'countersign revocations',
  })
  client.on('error', onLost)
  client.on('end', () => onLost(new Error('the connection has ended')))
  client.on('notification', onNotify)
  await client.connect()
  // Before the first look: what is announced in between is found by it, or wakes us.
  if (listen) await client.query(`LISTEN ${channel}`)
  let xmin: string | undefined
  let last = 0n

  // What the last look read at or above its xmin: read again by the next one, and not news then.
  let known = new Set<string>()

  const takeRow = ({ seq, ...revocation }: Row, take: (revocation: Revocation) => void) => {
    const number = BigInt(seq)
    if (number > last) last = number
    if (!known.has(seq)) take(revocation)
  }

  const readBehind = async (seq: string, take: (revocation: Revocation) => void) => {
    for (let rows: Row[] = [], from = seq; ; from = rows.at(-1)?.seq ?? from) {
      rows = (await client.query<Row>(page, [from])).rows
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
      const { rows } = await client.query<Row & { xmin: string }>({
        name: 'revocations-since',
        text: since,
        values: [xmin],
      })
      const found = rows.filter(({ seq }) => seq !== null)
      for (const row of found) takeRow(row, take)
      // So many at once: the rest lies behind them, whoever wrote it.
      if (found.length === pageSize) await readBehind(found.at(-1)?.seq ?? '0', take)
      known = new Set(found.map(({ seq }) => seq))
      xmin = rows[0]?.xmin ?? xmin
    },
    sweep: async () => void (await client.query(sweep)),
    lastSeq: () => last,
    close: () => client.end(),
  }
}
