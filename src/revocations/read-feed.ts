/**
 * What other services are told about revocations. A cursor names a state of the feed and not a place on a node: any node
 * answers it, and none misses a row that was committed after later ones.
 *
 *   p<seq>.<xmin>          the first load: rows behind `seq`, and when they are done, what came since `xmin`
 *   t<xmin>.<seq>.<hash>   the tail: rows of transactions from `xmin` on, of which those up to `seq` with this hash are known
 */
import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { AppError } from '../errors.ts'
import { type SigningKey, signClaims } from '../tokens/access-token.ts'
import { type FeedDocument, toEntry } from './feed-document.ts'
import type { FeedRow, FeedStore } from './feed-store.ts'

type Dependencies = {
  pages: FeedStore
  /** Resolves when this node has next looked for revocations: every second, and when it is told of some. */
  looked: () => Promise<void>
  issuer: string
  signingKey: () => SigningKey
  /** Milliseconds since 1970. */
  clock: () => number
  pageSize?: number
  /** Beyond this many rows it is not told apart which of them are known. */
  longestTail?: number
}

type Asked = { after: string | undefined; waitSeconds: number; signal: AbortSignal }
/** `unchanged`: there is nothing that a client at this cursor does not know. */
export type FeedAnswer = { readonly jwt: string; readonly next: string; readonly unchanged: boolean }

type Read = { begun: boolean; page: Promise<Page> }
type Page = Pick<FeedDocument, 'next' | 'more'> & { rows: readonly FeedRow[] }

// No zero in front: Postgres reads such a transaction id as octal.
const loadCursor = /^p(0|[1-9]\d{0,17})\.(0|[1-9]\d{0,17})$/
const tailCursor = /^t(0|[1-9]\d{0,17})\.(0|[1-9]\d{0,17})\.([\w-]{16})$/

const hashOf = (rows: readonly FeedRow[]) =>
  createHash('sha256')
    .update(rows.map(({ seq }) => seq).join())
    .digest('base64url')
    .slice(0, 16)

/** The cursor of who knows all that one look has seen. */
function endOf(rows: readonly FeedRow[], xmin: string, seq: string): string {
  const undecided = rows.filter((row) => BigInt(row.xid) >= BigInt(xmin))
  return `t${xmin}.${rows.at(-1)?.seq ?? seq}.${hashOf(undecided)}`
}

const noCursor = () =>
  new AppError('invalid_request', { errors: [{ path: '/after', message: 'is no cursor of this feed' }] })

/** Transaction ids only grow, unless an older database was put in place: what was missed then, no cursor can say. */
function refuseFuture(from: string, xmin: string): void {
  if (BigInt(from) > BigInt(xmin)) throw noCursor()
}

export function createReadFeed({
  pages,
  looked,
  issuer,
  signingKey,
  clock,
  pageSize = 5000,
  longestTail = 60_000,
}: Dependencies) {
  /** The last read for each cursor. */
  const reads = new Map<string, Read>()

  async function firstLoad(seq: string, xminOfFirst: string | undefined): Promise<Page> {
    const { xmin, rows } = await pages.page(seq, pageSize)
    if (xminOfFirst) refuseFuture(xminOfFirst, xmin)
    const from = xminOfFirst ?? xmin
    if (rows.length === pageSize) return { rows, more: true, next: `p${rows.at(-1)?.seq}.${from}` }
    // Over several looks, there is no saying which of the rows since the first were told.
    return { rows, more: false, next: xminOfFirst ? `t${from}.0.${hashOf([])}` : endOf(rows, xmin, seq) }
  }

  async function tail(from: string, seq: string, hash: string): Promise<Page> {
    const { xmin, rows } = await pages.since(from, longestTail + 1)
    refuseFuture(from, xmin)
    if (rows.length > longestTail) {
      // Everybody logged out at once: what lies behind is told whoever wrote it, and then what is undecided now.
      const page = rows.slice(0, pageSize)
      return { more: true, rows: page, next: `p${page.at(-1)?.seq}.${xmin}` }
    }
    const upTo = (last: string) => rows.filter((row) => BigInt(row.seq) <= BigInt(last))
    const known = upTo(seq)
    // Another hash: one among them was committed late. All are told again; to know one already changes nothing.
    const fresh = hashOf(known) === hash ? rows.slice(known.length) : rows
    if (fresh.length > pageSize) {
      const page = fresh.slice(0, pageSize)
      const last = page.at(-1)?.seq ?? seq
      return { rows: page, more: true, next: `t${from}.${last}.${hashOf(upTo(last))}` }
    }
    return { rows: fresh, more: false, next: endOf(rows, xmin, seq) }
  }

  function readPage(after: string | undefined): Promise<Page> {
    if (after === undefined) return firstLoad('0', undefined)
    const [, seq, from] = loadCursor.exec(after) ?? []
    if (seq && from) return firstLoad(seq, from)
    const [, xmin, upTo, hash] = tailCursor.exec(after) ?? []
    if (xmin && upTo && hash) return tail(xmin, upTo, hash)
    throw noCursor()
  }

  /**
   * Services that ask the same at once, as they do when woken by one look, share an answer; but one that was being read
   * before somebody asked is not for them: they may know of a later commit.
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

  /**
   * Everything, in pages, where no cursor is given, else what is new since; waits up to `waitSeconds` for something to be.
   * Ends in `invalid_request` for a cursor that is none, or in `not_ready`.
   */
  return async function readFeed({ after, waitSeconds, signal }: Asked): Promise<FeedAnswer> {
    const deadline = performance.now() + waitSeconds * 1000
    for (;;) {
      const look = looked()
      const { rows, next, more } = await shared(after)
      const unchanged = after !== undefined && rows.length === 0 && !more && after.startsWith('t')
      const rest = deadline - performance.now()
      if (!unchanged || rest <= 0 || signal.aborted) {
        const iat = Math.floor(clock() / 1000)
        const asked = after === undefined ? {} : { after }
        const document: FeedDocument = { iss: issuer, iat, ...asked, next, more, revocations: rows.map(toEntry) }
        return { jwt: signClaims(document, signingKey(), 'revocations+jwt'), next, unchanged }
      }
      const pause = sleep(rest, undefined, { signal }).catch(() => {})
      await Promise.race([look, pause])
    }
  }
}

export type ReadFeed = ReturnType<typeof createReadFeed>
