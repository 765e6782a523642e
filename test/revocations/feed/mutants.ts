/** Deliberate breaks of the feed for services. `npm run test:mutants` makes each and expects the named test to fail. */
import { breaks, type Mutant } from '../../setup/mutant.ts'

const feed = 'test/revocations/feed/feed.test.ts'
const followers = 'test/revocations/feed/followers.test.ts'
const cursors = 'test/revocations/feed/cursors.test.ts'
const sharing = 'test/revocations/feed/sharing.test.ts'
const waiting = 'test/faults/revocations/feed/waiting.test.ts'
const wire = 'test/revocations/feed/wire.test.ts'
const kinds = 'test/revocations/feed/kinds.test.ts'
const size = 'test/faults/revocations/feed/size.test.ts'

const read = 'src/revocations/read-feed.ts'
const store = 'src/revocations/feed-store.ts'
const routes = 'src/revocations/routes.ts'
const document = 'src/revocations/feed-document.ts'

export const mutants: readonly Mutant[] = [
  ...breaks(
    read,
    followers,
    ['late commits are missed', 'hashOf(known) === hash ? rows.slice(known.length) : rows', 'rows.slice(known.length)'],
    ['all is told again and again', 'hashOf(known) === hash ? rows.slice(known.length) : rows', 'rows'],
    ['a page too many is asked for', 'fresh.length > pageSize', 'fresh.length >= pageSize'],
    ['the tail has one page', 'fresh.length > pageSize', 'false'],
    ['a page has a row too many', 'fresh.slice(0, pageSize)', 'fresh.slice(0, pageSize + 1)'],
    ['the second page of the tail is said to be the last', 'rows: page, more: true', 'rows: page, more: false'],
    [
      'a page’s cursor has the rows behind it',
      'next: `t${from}.${last}.${hashOf(upTo(last))}`',
      'next: `t${from}.${last}.${hashOf(rows)}`',
    ],
    ['a page moves xmin', 'next: `t${from}.${last}.', 'next: `t${xmin}.${last}.'],
    ['rows that were committed are hashed with the rest', 'BigInt(row.xid) >= BigInt(xmin)', 'BigInt(row.xid) >= 0n'],
    ['xmin never moves', 'more: false, next: endOf(rows, xmin, seq) }', 'more: false, next: endOf(rows, from, seq) }'],
    ['the first load goes on from its last page’s xmin', 'xminOfFirst ?? xmin', 'xmin'],
    ['the first load ends too early', 'if (rows.length === pageSize)', 'if (false)'],
    ['the first load has no end', 'if (rows.length === pageSize)', 'if (rows.length > 0)'],
    [
      'a first load in one page is told again',
      'endOf(rows, xmin, seq) }\n  }\n\n  async',
      '`t${xmin}.0.${hashOf([])}` }\n  }\n\n  async',
    ],
    ['a first load of many pages forgets its beginning', 'xminOfFirst ? `t${from}.0.${hashOf([])}` : ', ''],
    ['the first load repeats its last row', '`p${rows.at(-1)?.seq}.', '`p${Number(rows.at(-1)?.seq) - 1}.'],
    ['the first load skips a row', '`p${rows.at(-1)?.seq}.', '`p${Number(rows.at(-1)?.seq) + 1}.'],
    ['who has everything after a first load is told of nothing new', "&& after.startsWith('t')", ''],
    ['sequence numbers are compared as texts', 'BigInt(row.seq) <= BigInt(last)', 'row.seq <= last'],
    [
      'more waits, but is not asked for',
      'const unchanged = after !== undefined && rows.length === 0 && !more',
      'const unchanged = after !== undefined && !more',
    ],
  ),
  ...breaks(
    store,
    followers,
    [
      'xmin is the snapshot’s end',
      'pg_snapshot_xmin(pg_current_snapshot())',
      'pg_snapshot_xmax(pg_current_snapshot())',
    ],
    ['the oldest transaction is passed over', 'xid >= $1::text::xid8', 'xid > $1::text::xid8'],
    ['a page begins with the last row again', 'revocations.seq > $1', 'revocations.seq >= $1'],
    ['the pages have no order', 'ORDER BY revocations.seq LIMIT', 'ORDER BY revocations.seq DESC LIMIT'],
  ),
  ...breaks(
    read,
    cursors,
    ['a first load from the future is taken', 'if (xminOfFirst) refuseFuture(xminOfFirst, xmin)', ''],
    ['a tail from the future is taken', '\n    refuseFuture(from, xmin)', ''],
    ['the present is the future', 'BigInt(from) > BigInt(xmin)', 'BigInt(from) >= BigInt(xmin)'],
    [
      'numbers wider than the database’s are passed on',
      '^p(0|[1-9]\\d{0,17})\\.(0|[1-9]\\d{0,17})$',
      '^p(0|[1-9]\\d*)\\.(0|[1-9]\\d*)$',
    ],
    ['octal numbers are passed on', '^t(0|[1-9]\\d{0,17})', '^t(\\d{1,18})'],
    ['a cursor may have something after it', '([\\w-]{16})$', '([\\w-]{16})'],
    [
      'what is no cursor begins anew',
      'throw noCursor()\n  }\n\n  /**',
      "return firstLoad('0', undefined)\n  }\n\n  /**",
    ],
  ),
  ...breaks(
    routes,
    cursors,
    ['any member may be sent', 'z.strictObject', 'z.object'],
    ['any cursor may be sent', 'after: cursor.optional()', 'after: z.any()'],
    ['one may wait for ever', '.max(longestWaitSeconds)', ''],
    ['half a second may be waited', '.int()', ''],
  ),
  {
    name: 'what fails validation is a failure of ours',
    file: 'src/errors.ts',
    find: '    this.statusCode = catalogue[code].status',
    replace:
      "    this.statusCode = 0\n    Object.defineProperty(this, 'statusCode', { get: () => catalogue[code].status })",
    test: cursors,
  },
  ...breaks(
    read,
    sharing,
    ['nobody shares', 'if (last && !last.begun) return last.page', ''],
    ['an answer may be older than its question', 'if (last && !last.begun)', 'if (last)'],
    ['reads of one cursor overlap', 'await last?.page.catch(() => {})', 'await undefined'],
    ['who waits for another’s read fails with it', 'await last?.page.catch(() => {})', 'await last?.page'],
    ['answers are kept for ever', '.finally(() => reads.get(key) === read && reads.delete(key))', ''],
  ),
  ...breaks(
    read,
    waiting,
    ['nobody waits', '!unchanged || rest <= 0', 'true || rest <= 0'],
    ['who waits is not awakened', 'await Promise.race([look, pause])', 'await pause'],
    [
      'who waits asks without a pause',
      'await Promise.race([look, pause])',
      'await Promise.race([look, pause, sleep(1)])',
    ],
    ['closing waits', '|| signal.aborted', ''],
    ['closing interrupts nobody', 'sleep(rest, undefined, { signal })', 'sleep(rest)'],
  ),
  ...breaks(
    'src/revocations/follow-revocations.ts',
    waiting,
    ['nobody hears of a look', '      nextLook.resolve()\n', ''],
    ['a look is announced once', '      nextLook = Promise.withResolvers()\n', ''],
    ['a node that is told does not look', 'onNotify: loop.wake,', 'onNotify: () => {},'],
  ),
  ...breaks(
    read,
    wire,
    ['the signature’s type is that of access tokens', "signingKey(), 'revocations+jwt'", 'signingKey()'],
    ['the answer does not say to what', 'after === undefined ? {} : { after }', '{}'],
    ['it says when in milliseconds', 'Math.floor(clock() / 1000)', 'clock()'],
  ),
  ...breaks(
    routes,
    wire,
    ['304 whatever is new', 'if (unchanged && after', 'if (after'],
    [
      '304 for any state',
      "request.headers['if-none-match'] === etag(after)",
      "request.headers['if-none-match'] !== undefined",
    ],
    ['304 for who did not ask for it', "request.headers['if-none-match'] === etag(after)", 'true'],
    ['never 304', 'if (unchanged && after !== undefined', 'if (false'],
    ['an ETag of what was asked', "reply.header('etag', etag(next))", "reply.header('etag', etag(after ?? ''))"],
    ['a strong ETag', 'W/"${state}"', '"${state}"'],
    ['another media type', "type('application/jwt')", "type('text/plain')"],
  ),
  ...breaks(
    'src/app.ts',
    wire,
    ['anybody may ask', "scope.addHook('onRequest', serviceAuth.requireService)", ''],
    [
      'who offers no credential may ask',
      "'onRequest', serviceAuth.requireService)",
      "'onRequest', serviceAuth.checkOfferedService)",
    ],
    [
      'the credential is asked for last',
      "'onRequest', serviceAuth.requireService)",
      "'preHandler', serviceAuth.requireService)",
    ],
  ),
  ...breaks(
    document,
    wire,
    ['another issuer’s word is taken', 'if (document.iss !== issuer)', 'if (false)'],
    [
      'the signature is not looked at',
      'check.payloadOf(text)',
      "JSON.parse(Buffer.from(text.split('.')[1] ?? '', 'base64url').toString())",
    ],
  ),
  ...breaks(
    document,
    kinds,
    ['whose session it was is not told', "userId === null || kind === 'user' ? {} : { sub: userId }", 'true ? {} : {}'],
    ['a user is told twice', "userId === null || kind === 'user' ?", 'userId === null ?'],
    ['the version is not told', 'minTokenVersion === null ? {} : { tv: minTokenVersion }', 'true ? {} : {}'],
    ['a verifier takes a user for nobody', "kind === 'user' ? id : (sub ?? null)", 'sub ?? null'],
    ['a verifier denies no version', 'minTokenVersion: tv ?? null', 'minTokenVersion: null'],
    ['a verifier takes it for older', 'createdAt: at,\n})', 'createdAt: at - 1,\n})'],
  ),
  ...breaks(
    read,
    size,
    ['pages are small', 'pageSize = 5000', 'pageSize = 500'],
    [
      'of very many at once, what was undecided is passed over',
      '`p${page.at(-1)?.seq}.${xmin}`',
      '`t${xmin}.${page.at(-1)?.seq}.${hashOf([])}`',
    ],
  ),
  ...breaks(read, feed, ['nothing is new', 'rows: fresh, more: false', 'rows: [], more: false']),
]
