/**
 * The feed of revocations for other services. A cursor names a state of the database and not a position on one node. So any
 * node can answer it, and no client misses a row that was committed after rows with higher sequence numbers.
 *
 *   p<seq>.<xmin>          The first load. Next come the rows after `seq`, and then the rows of transactions since `xmin`.
 *   t<xmin>.<seq>.<hash>   The tail. Next come the rows of transactions since `xmin`. The client knows those up to `seq`,
 *                          if they have this hash.
 */
import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { invalidMember } from '../errors.ts'
import { type SigningKey, signClaims } from '../tokens/access-token.ts'
import { type FeedDocument, toEntry } from './feed-document.ts'
import type { FeedRow, FeedRows, FeedStore } from './feed-store.ts'
import { createSharedTail } from './shared-tail.ts'

/**
 * Without `after`, the first page of all live revocations; with it, the revocations since. Waits up to `waitSeconds` for a
 * new one. Ends in `invalid_request` if `after` is no cursor of this feed, or in `not_ready`.
 */
export type ReadFeed = (asked: Asked) => Promise<FeedAnswer>

type Dependencies = {
  pages: FeedStore
  /** Resolves when this node has read a new revocation: within a second, or sooner when the database notifies it. */
  nextNews: () => Promise<void>
  issuer: string
  signingKey: () => SigningKey
  /** Milliseconds since 1970. */
  clock: () => number
  pageSize?: number
  /** If the tail has more rows, the feed sends them all and does not find out which of them the client knows. */
  longestTail?: number
}

type Asked = { after: string | undefined; waitSeconds: number; signal: AbortSignal }
/** `unchanged`: a client with this cursor knows every revocation. */
export type FeedAnswer = { readonly jwt: string; readonly next: string; readonly unchanged: boolean }

type Read = { begun: boolean; page: Promise<Page> }
type Page = Pick<FeedDocument, 'next' | 'more'> & { rows: readonly FeedRow[] }

// No leading zero, because Postgres would read such a transaction id as octal.
const loadCursor = /^p(0|[1-9]\d{0,17})\.(0|[1-9]\d{0,17})$/
const tailCursor = /^t(0|[1-9]\d{0,17})\.(0|[1-9]\d{0,17})\.([\w-]{16})$/

const hashOf = (rows: readonly FeedRow[]) =>
  createHash('sha256')
    .update(rows.map(({ seq }) => seq).join())
    .digest('base64url')
    .slice(0, 16)

/** The cursor of a client that knows every row of one snapshot. */
function endOf(rows: readonly FeedRow[], xmin: string, seq: string): string {
  const undecided = rows.filter((row) => BigInt(row.xid) >= BigInt(xmin))
  return `t${xmin}.${rows.at(-1)?.seq ?? seq}.${hashOf(undecided)}`
}

const noCursor = () => invalidMember('/after', 'invalid_cursor')

/**
 * Refuses a cursor that is ahead of the database. Transaction ids only grow, so this database was restored from an older
 * state. The client must load everything again, because no cursor can tell which revocations it lacks.
 */
function refuseFuture(from: string, xmin: string): void {
  if (BigInt(from) > BigInt(xmin)) throw noCursor()
}

export function createReadFeed({
  pages,
  nextNews,
  issuer,
  signingKey,
  clock,
  pageSize = 5000,
  longestTail = 60_000,
}: Dependencies): ReadFeed {
  /** The last read for each cursor. */
  const reads = new Map<string, Read>()
  const sharedTail = createSharedTail(pages.since, longestTail + 1)

  async function firstLoad(seq: string, xminOfFirst: string | undefined): Promise<Page> {
    const { xmin, rows } = await pages.page(seq, pageSize)
    if (xminOfFirst) refuseFuture(xminOfFirst, xmin)
    const from = xminOfFirst ?? xmin
    if (rows.length === pageSize) return { rows, more: true, next: `p${rows.at(-1)?.seq}.${from}` }
    // The first load took several snapshots. It cannot tell which of the rows since the first snapshot it has sent, so the
    // tail begins there and sends them all.
    return { rows, more: false, next: xminOfFirst ? `t${from}.0.${hashOf([])}` : endOf(rows, xmin, seq) }
  }

  async function tail(from: string, seq: string, hash: string, { xmin, rows }: FeedRows): Promise<Page> {
    refuseFuture(from, xmin)
    if (rows.length > longestTail) {
      // Too many revocations at once. From here on the client loads by sequence number, as in a first load, and then the
      // tail from this snapshot on.
      const page = rows.slice(0, pageSize)
      return { more: true, rows: page, next: `p${page.at(-1)?.seq}.${xmin}` }
    }
    const upTo = (last: string) => rows.filter((row) => BigInt(row.seq) <= BigInt(last))
    const known = upTo(seq)
    // If the hash differs, one of the known rows was committed late. The feed sends all of them again, which does no harm.
    const fresh = hashOf(known) === hash ? rows.slice(known.length) : rows
    if (fresh.length > pageSize) {
      const page = fresh.slice(0, pageSize)
      const last = page.at(-1)?.seq ?? seq
      return { rows: page, more: true, next: `t${from}.${last}.${hashOf(upTo(last))}` }
    }
    return { rows: fresh, more: false, next: endOf(rows, xmin, seq) }
  }

  async function readPage(after: string | undefined): Promise<Page> {
    if (after === undefined) return firstLoad('0', undefined)
    const [, seq, from] = loadCursor.exec(after) ?? []
    if (seq && from) return firstLoad(seq, from)
    const [, xmin, upTo, hash] = tailCursor.exec(after) ?? []
    if (xmin && upTo && hash) return tail(xmin, upTo, hash, await pages.since(xmin, longestTail + 1))
    throw noCursor()
  }

  /** The page of a client that waits. All waiting clients share one read, with any cursors. */
  async function readAgain(cursor: string): Promise<Page> {
    const [, xmin = '0', upTo = '0', hash = ''] = tailCursor.exec(cursor) ?? []
    return tail(xmin, upTo, hash, await sharedTail(xmin))
  }

  /**
   * Clients that ask with the same cursor at the same time share one read of the database. They often do: one notification
   * answers all that wait. A client never shares a read that began before its request: it may know of a later commit.
   */
  function shared(after: string | undefined): Promise<Page> {
    const key = after ?? ''
    const last = reads.get(key)
    if (last && !last.begun) return last.page
    const read: Read = { begun: false, page: begin() }
    async function begin(): Promise<Page> {
      await last?.page.catch(() => {})
      read.begun = true
      return readPage(after).finally(() => reads.get(key) === read && reads.delete(key))
    }
    reads.set(key, read)
    return read.page
  }

  return async function readFeed({ after, waitSeconds, signal }) {
    const deadline = performance.now() + waitSeconds * 1000
    let known: string | undefined
    for (;;) {
      // It is taken before the read, so that no revocation falls between the two.
      const news = nextNews()
      const { rows, next, more } = await (known === undefined ? shared(after) : readAgain(known))
      const unchanged = after !== undefined && rows.length === 0 && !more && after.startsWith('t')
      const rest = deadline - performance.now()
      if (!unchanged || rest <= 0 || signal.aborted) {
        const iat = Math.floor(clock() / 1000)
        const asked = after === undefined ? {} : { after }
        const document: FeedDocument = { iss: issuer, iat, ...asked, next, more, revocations: rows.map(toEntry) }
        return { jwt: signClaims(document, signingKey(), 'revocations+jwt'), next, unchanged }
      }
      // The client knows what there is, so the next read begins here.
      known = next
      // The timer ends with the wait. Otherwise each wait would leave one behind.
      const woken = new AbortController()
      const pause = sleep(rest, undefined, { signal: AbortSignal.any([signal, woken.signal]) }).catch(() => {})
      await Promise.race([news, pause])
      woken.abort()
    }
  }
}
