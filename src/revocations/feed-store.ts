/** Revocations as other services read them: in pages, each from where the one before it ended. */
import type { Database } from '../database/client.ts'
import { eachInItsOwnTime } from '../database/time-limit.ts'
import type { Revocation } from './denylist.ts'

/** Ids are decimal texts: they are wider than a number. */
export type FeedRow = Revocation & { readonly seq: string; readonly xid: string }
/** `xmin`: every transaction below it was decided when the rows were read. */
export type FeedRows = { readonly xmin: string; readonly rows: readonly FeedRow[] }

const select = `SELECT s.xmin, r.* FROM (SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS xmin) s LEFT JOIN LATERAL (
  SELECT seq::text, xid::text, kind, subject, user_id AS "userId", min_token_version AS "minTokenVersion",
    floor(extract(epoch FROM created_at) * 1000)::float8 AS "createdAt"
  FROM revocations`

const selectPage = {
  name: 'feed-page',
  text: `${select} WHERE revocations.seq > $1 ORDER BY revocations.seq LIMIT $2) r ON true ORDER BY r.seq::bigint`,
}

const selectSince = {
  name: 'feed-since',
  text: `${select} WHERE seq IN (SELECT seq FROM revocations WHERE xid >= $1::text::xid8 ORDER BY seq LIMIT $2)) r ON true
    ORDER BY r.seq::bigint`,
}

// Without rows there is one all the same, for its xmin.
type Row = { [Member in keyof FeedRow]: FeedRow[Member] | null } & { xmin: string }

export function createFeedStore({ pool }: Database) {
  async function read(statement: { name: string; text: string }, values: unknown[]): Promise<FeedRows> {
    // Who asks waits for long, and again and again; and one read may be for several.
    const { rows } = await eachInItsOwnTime(() => pool.query<Row>({ ...statement, values }))
    return { xmin: rows[0]?.xmin ?? '0', rows: rows.filter((row) => row.seq !== null) as FeedRow[] }
  }

  return {
    /** The rows behind a sequence number, in its order. */
    page: (afterSeq: string, limit: number): Promise<FeedRows> => read(selectPage, [afterSeq, limit]),

    /** The first rows whose transaction is not below this one, in the order of sequence numbers. */
    since: (xmin: string, limit: number): Promise<FeedRows> => read(selectSince, [xmin, limit]),
  }
}

export type FeedStore = ReturnType<typeof createFeedStore>
