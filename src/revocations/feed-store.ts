/** Revocations as other services read them: in pages, each of which begins where the page before it ended. */
import type { Database } from '../database/client.ts'
import { type Params, type PreparedQuery, sql, statement } from '../database/sql.ts'
import { eachInItsOwnTime } from '../database/time-limit.ts'
import type { Revocation } from './denylist.ts'

/** Sequence numbers and transaction ids are decimal texts, because they are wider than a JavaScript number. */
export type FeedRow = Revocation & { readonly seq: string; readonly xid: string }
/** `xmin`: every transaction with a lower id was committed or rolled back when the rows were read. */
export type FeedRows = { readonly xmin: string; readonly rows: readonly FeedRow[] }

export type FeedStore = {
  /** The rows after a sequence number, ordered by sequence number. */
  page: (afterSeq: string, limit: number) => Promise<FeedRows>
  /** The first rows of transactions with this id or a higher one, ordered by sequence number. */
  since: (xmin: string, limit: number) => Promise<FeedRows>
}

const select = sql`SELECT s.xmin, r.* FROM (SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS xmin) s LEFT JOIN LATERAL (
  SELECT seq::text, xid::text, kind, subject, user_id AS "userId", min_token_version AS "minTokenVersion",
    floor(extract(epoch FROM created_at) * 1000)::float8 AS "createdAt"
  FROM revocations`

const selectPage = statement(
  'feed-page',
  (p: Params<{ afterSeq: string; limit: number }>) => sql`${select} WHERE revocations.seq > ${p.afterSeq}
    ORDER BY revocations.seq LIMIT ${p.limit}) r ON true ORDER BY r.seq::bigint`,
)

const selectSince = statement(
  'feed-since',
  (p: Params<{ xmin: string; limit: number }>) => sql`${select} WHERE seq IN
      (SELECT seq FROM revocations WHERE xid >= ${p.xmin}::text::xid8 ORDER BY seq LIMIT ${p.limit})) r ON true
    ORDER BY r.seq::bigint`,
)

// If there are no revocations, one row of nulls carries the xmin.
type Row = { [Member in keyof FeedRow]: FeedRow[Member] | null } & { xmin: string }

export function createFeedStore({ pool }: Database): FeedStore {
  async function read(query: PreparedQuery): Promise<FeedRows> {
    // The request's own time limit does not fit: a client may wait for long, and several clients may share one read.
    const { rows } = await eachInItsOwnTime(() => pool.query<Row>(query))
    return { xmin: rows[0]?.xmin ?? '0', rows: rows.filter((row) => row.seq !== null) as FeedRow[] }
  }

  return {
    page: (afterSeq, limit) => read(selectPage({ afterSeq, limit })),
    since: (xmin, limit) => read(selectSince({ xmin, limit })),
  }
}
