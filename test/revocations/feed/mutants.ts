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
    [
      'clients miss late commits',
      'hashOf(known) === hash ? rows.slice(known.length) : rows',
      'rows.slice(known.length)',
    ],
    ['every answer repeats all rows', 'hashOf(known) === hash ? rows.slice(known.length) : rows', 'rows'],
    ['a full last page promises another page', 'fresh.length > pageSize', 'fresh.length >= pageSize'],
    ['the tail is one page, however long', 'fresh.length > pageSize', 'false'],
    ['a page has a row too many', 'fresh.slice(0, pageSize)', 'fresh.slice(0, pageSize + 1)'],
    ['the first page of the tail says that it is the last', 'rows: page, more: true', 'rows: page, more: false'],
    [
      'the hash in a page’s cursor covers later rows too',
      'next: `t${from}.${last}.${hashOf(upTo(last))}`',
      'next: `t${from}.${last}.${hashOf(rows)}`',
    ],
    ['a page of the tail moves xmin', 'next: `t${from}.${last}.', 'next: `t${xmin}.${last}.'],
    [
      'the hash covers rows of transactions that have ended',
      'BigInt(row.xid) >= BigInt(xmin)',
      'BigInt(row.xid) >= 0n',
    ],
    ['xmin never moves', 'more: false, next: endOf(rows, xmin, seq) }', 'more: false, next: endOf(rows, from, seq) }'],
    ['the tail begins at the xmin of the first load’s last page', 'xminOfFirst ?? xmin', 'xmin'],
    ['the first load ends too early', 'if (rows.length === pageSize)', 'if (false)'],
    ['the first load never ends', 'if (rows.length === pageSize)', 'if (rows.length > 0)'],
    [
      'the tail repeats a first load of one page',
      'endOf(rows, xmin, seq) }\n  }\n\n  async function tail',
      '`t${xmin}.0.${hashOf([])}` }\n  }\n\n  async function tail',
    ],
    [
      'after a first load of many pages, the tail begins at its last snapshot',
      'xminOfFirst ? `t${from}.0.${hashOf([])}` : ',
      '',
    ],
    ['the first load repeats its last row', '`p${rows.at(-1)?.seq}.', '`p${Number(rows.at(-1)?.seq) - 1}.'],
    ['the first load skips a row', '`p${rows.at(-1)?.seq}.', '`p${Number(rows.at(-1)?.seq) + 1}.'],
    ['a cursor at the end of a first load gets no late rows', "&& after.startsWith('t')", ''],
    ['sequence numbers are compared as texts', 'BigInt(row.seq) <= BigInt(last)', 'row.seq <= last'],
    [
      'an answer with rows counts as unchanged',
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
    ['the oldest open transaction is left out', 'xid >= ${p.xmin}::text::xid8', 'xid > ${p.xmin}::text::xid8'],
    ['a page begins with the last row again', 'revocations.seq > ${p.afterSeq}', 'revocations.seq >= ${p.afterSeq}'],
    ['the pages have no order', 'ORDER BY revocations.seq LIMIT', 'ORDER BY revocations.seq DESC LIMIT'],
  ),
  ...breaks(
    read,
    cursors,
    ['a first load that is ahead of the database is accepted', 'if (xminOfFirst) refuseFuture(xminOfFirst, xmin)', ''],
    ['a tail that is ahead of the database is accepted', '\n    refuseFuture(from, xmin)', ''],
    ['a current cursor counts as ahead of the database', 'BigInt(from) > BigInt(xmin)', 'BigInt(from) >= BigInt(xmin)'],
    [
      'a cursor may hold numbers that are too wide for the database',
      '^p(0|[1-9]\\d{0,17})\\.(0|[1-9]\\d{0,17})$',
      '^p(0|[1-9]\\d*)\\.(0|[1-9]\\d*)$',
    ],
    ['a cursor may hold octal numbers', '^t(0|[1-9]\\d{0,17})', '^t(\\d{1,18})'],
    ['a cursor may have a suffix', '([\\w-]{16})$', '([\\w-]{16})'],
    [
      'a text that is no cursor begins a first load',
      'throw noCursor()\n  }\n\n  /**',
      "return firstLoad('0', undefined)\n  }\n\n  /**",
    ],
  ),
  ...breaks(
    routes,
    cursors,
    ['the query may have any member', 'z.strictObject', 'z.object'],
    ['the query may have any cursor', 'after: cursor.optional()', 'after: z.any()'],
    ['a client may wait for ever', '.max(longestWaitSeconds)', ''],
    ['a client may wait for half a second', '.int()', ''],
  ),
  {
    name: 'a failed validation is a server error',
    file: 'src/errors.ts',
    find: '    this.statusCode = catalogue[code].status',
    replace:
      "    this.statusCode = 0\n    Object.defineProperty(this, 'statusCode', { get: () => catalogue[code].status })",
    test: cursors,
  },
  ...breaks(
    read,
    sharing,
    ['requests share no read', 'if (last && !last.begun) return last.page', ''],
    ['an answer may be older than its request', 'if (last && !last.begun)', 'if (last)'],
    ['reads of one cursor overlap', 'await last?.page.catch(() => {})', 'await undefined'],
    ['a request fails with the read before its own', 'await last?.page.catch(() => {})', 'await last?.page'],
    ['answers are kept for ever', '.finally(() => reads.get(key) === read && reads.delete(key))', ''],
  ),
  ...breaks(
    read,
    waiting,
    ['no request waits', '!unchanged || rest <= 0', 'true || rest <= 0'],
    ['a waiting request is not woken', 'await Promise.race([news, pause])', 'await pause'],
    [
      'a waiting request reads in a tight loop',
      'await Promise.race([news, pause])',
      'await Promise.race([news, pause, sleep(1)])',
    ],
    ['a closing node does not end the waits', '|| signal.aborted', ''],
    ['a closing node does not interrupt a wait', 'AbortSignal.any([signal, woken.signal])', 'woken.signal'],
  ),
  ...breaks(
    'src/revocations/follow-revocations.ts',
    waiting,
    ['nextNews() never resolves', '        nextNews.resolve()\n', ''],
    ['nextNews() resolves only for the first read', '        nextNews = Promise.withResolvers()\n', ''],
    ['a notification does not make the node read', 'onNotify: loop.wake,', 'onNotify: () => {},'],
  ),
  ...breaks(
    read,
    wire,
    ['the document has the type of an access token', "signingKey(), 'revocations+jwt'", 'signingKey()'],
    ['the answer does not repeat the cursor', 'after === undefined ? {} : { after }', '{}'],
    ['iat is in milliseconds', 'Math.floor(clock() / 1000)', 'clock()'],
  ),
  ...breaks(
    routes,
    wire,
    ['304 although there are new revocations', 'if (unchanged && after', 'if (after'],
    [
      '304 for any state',
      "request.headers['if-none-match'] === etag(after)",
      "request.headers['if-none-match'] !== undefined",
    ],
    ['304 without If-None-Match', "request.headers['if-none-match'] === etag(after)", 'true'],
    ['never 304', 'if (unchanged && after !== undefined', 'if (false'],
    [
      'the ETag holds the cursor of the request',
      "reply.header('etag', etag(next))",
      "reply.header('etag', etag(after ?? ''))",
    ],
    ['the ETag is strong', 'W/"${state}"', '"${state}"'],
    ['the media type is wrong', "type('application/jwt')", "type('text/plain')"],
  ),
  ...breaks(
    'src/app.ts',
    wire,
    ['no credential is required', "scope.addHook('onRequest', serviceAuth.requireService)", ''],
    [
      'a request without a credential is let in',
      "'onRequest', serviceAuth.requireService)",
      "'onRequest', serviceAuth.checkOfferedService)",
    ],
    [
      'the credential is checked after the query',
      "'onRequest', serviceAuth.requireService)",
      "'preHandler', serviceAuth.requireService)",
    ],
  ),
  ...breaks(
    document,
    wire,
    ['a document of another issuer is accepted', 'if (document.iss !== issuer)', 'if (false)'],
    [
      'the signature is not verified',
      'check.payloadOf(text)',
      "JSON.parse(Buffer.from(text.split('.')[1] ?? '', 'base64url').toString())",
    ],
  ),
  ...breaks(
    document,
    kinds,
    [
      'the user of a session is left out',
      "userId === null || kind === 'user' ? {} : { sub: userId }",
      'true ? {} : {}',
    ],
    ['an entry of a user has a `sub` too', "userId === null || kind === 'user' ?", 'userId === null ?'],
    ['the token version is left out', 'minTokenVersion === null ? {} : { tv: minTokenVersion }', 'true ? {} : {}'],
    ['a verifier ignores the user of an entry', "kind === 'user' ? id : (sub ?? null)", 'sub ?? null'],
    ['a verifier ignores the token version', 'minTokenVersion: tv ?? null', 'minTokenVersion: null'],
    ['a verifier reads an earlier time', 'createdAt: at,\n})', 'createdAt: at - 1,\n})'],
  ),
  ...breaks(
    read,
    size,
    ['pages are small', 'pageSize = 5000', 'pageSize = 500'],
    [
      'after very many revocations at once, late commits are missed',
      '`p${page.at(-1)?.seq}.${xmin}`',
      '`t${xmin}.${page.at(-1)?.seq}.${hashOf([])}`',
    ],
  ),
  ...breaks(read, feed, ['the tail has no rows', 'rows: fresh, more: false', 'rows: [], more: false']),
  ...breaks(
    'src/revocations/waits.ts',
    'test/revocations/feed/waits.test.ts',
    ['waits: any number', '>= most)', '>= 1e9 * most)'],
    [
      'waits: all services together',
      'waiting.get(service) ?? 0) >= most',
      'waiting.values().reduce((a, b) => a + b, 0)) >= most',
    ],
    ['waits: answered ones count on', 'change(service, -1)', ''],
  ),
  ...breaks(routes, waiting, ['waits: a client that left keeps its place', 'left.abort())', 'undefined)']),
  ...breaks(
    'src/revocations/shared-tail.ts',
    'test/revocations/feed/sharing.test.ts',
    ['tail: each waiting request reads for itself', 'if (next) {', 'if (next === null) {'],
    [
      'tail: the read begins at the first cursor',
      'if (from < next.from) next.from = from',
      'if (from > next.from) next.from = from',
    ],
  ),
  ...breaks('src/revocations/follow-revocations.ts', waiting, [
    'waiting requests read every second',
    'isNews = await look()',
    'await look()',
  ]),
]
