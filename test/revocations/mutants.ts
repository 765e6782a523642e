/** Deliberate breaks of revocation. `npm run test:mutants` makes each and expects its test to fail. */
import type { Mutant } from '../setup/mutant.ts'

const feed = 'src/revocations/follow-revocations.ts'
const store = 'src/revocations/revocation-store.ts'
const denylist = 'src/revocations/denylist.ts'
const feedTest = 'test/revocations/follow-revocations.test.ts'
const denylistTest = 'test/revocations/denylist.test.ts'
const staleTest = 'test/revocations/staleness.test.ts'
const restartTest = 'test/faults/revocation-restart.test.ts'
const clockTest = 'test/faults/revocation-clock.test.ts'
const millionTest = 'test/faults/revocation-million.test.ts'
const partitionTest = 'test/faults/revocation-partition.test.ts'
const notifyTest = 'test/faults/revocation-notify-lost.test.ts'

export const mutants: readonly Mutant[] = [
  {
    name: 'a node misses a revocation that commits late',
    file: store,
    find: '(SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS xmin) s LEFT JOIN',
    replace: '(SELECT pg_snapshot_xmax(pg_current_snapshot())::text AS xmin) s LEFT JOIN',
    test: feedTest,
  },
  {
    name: 'a node misses a revocation whose transaction is open while it loads the denylist',
    file: store,
    find: "client.query<{ xmin: string }>('SELECT pg_snapshot_xmin(",
    replace: "client.query<{ xmin: string }>('SELECT pg_snapshot_xmax(",
    test: feedTest,
  },
  {
    name: 'a node that starts knows only later revocations',
    file: store,
    find: 'for (const row of rows) takeRow(row, take)\n',
    replace: 'void takeRow\n',
    test: restartTest,
  },
  {
    name: 'a node reads revocations only after a notification',
    file: feed,
    find: 'const lookEveryMs = 1000',
    replace: 'const lookEveryMs = 3_600_000',
    test: feedTest,
  },
  {
    name: 'a node that listens does not read every second',
    file: feed,
    find: 'pauseMs: () => lookEveryMs,',
    replace: 'pauseMs: () => (listen ? 3600_000 : lookEveryMs),',
    test: notifyTest,
  },
  {
    name: 'no node listens',
    file: store,
    find: 'if (listen && !readAddress(connectionString).isPooled) await',
    replace: 'if (!listen) await',
    test: 'test/faults/logout-latency.test.ts',
  },
  {
    name: 'the node that handles a logout denies only after its next read',
    file: 'src/sessions/logout.ts',
    find: 'if (userId !== undefined) revocations.denySession(id, userId)',
    replace: '',
    test: feedTest,
  },
  {
    name: 'the default check skips the denylist',
    file: 'src/guard/authenticate.ts',
    find: "if (check === 'revocation') requireNotRevoked(principal)",
    replace: 'void requireNotRevoked',
    test: feedTest,
  },
  {
    name: 'rows are removed while their tokens are valid',
    file: store,
    find: "interval '2 hours'",
    replace: "interval '20 minutes'",
    test: feedTest,
  },
  {
    name: 'rows are never removed',
    file: feed,
    find: 'await reader?.sweep()',
    replace: '',
    test: feedTest,
  },
  {
    name: 'coarsening forgets sessions',
    file: denylist,
    find: '      denyUser(userId, { issuedBefore, until })\n',
    replace: '',
    test: denylistTest,
  },
  {
    name: 'another revocation of a user lets in the tokens of its revoked sessions',
    file: denylist,
    find: 'issuedBefore: Math.max(known?.issuedBefore ?? 0, more.issuedBefore ?? 0)',
    replace: 'issuedBefore: more.issuedBefore ?? 0',
    test: denylistTest,
  },
  {
    name: 'an older revocation shortens the entry of a user',
    file: denylist,
    find: 'until: Math.max(known?.until ?? 0, more.until)',
    replace: 'until: more.until',
    test: denylistTest,
  },
  {
    name: 'sessions are revoked without their user',
    file: denylist,
    find: "userId: userId ?? ''",
    replace: "userId: ''",
    test: denylistTest,
  },
  {
    name: 'coarsening forgets users',
    file: denylist,
    find: 'allIssuedBefore = issuedBefore',
    replace: '',
    test: denylistTest,
  },
  {
    name: 'only the first page is loaded',
    file: store,
    find: 'if (rows.length < pageSize) break',
    replace: 'break',
    test: millionTest,
  },
  {
    name: 'a full denylist forgets its users',
    file: denylist,
    find: 'sessions.clear()\n    if',
    replace: 'sessions.clear()\n    users.clear()\n    if',
    test: millionTest,
  },
  {
    name: 'the denylist has no bound',
    file: denylist,
    find: 'if (isFull) coarsen()',
    replace: 'void coarsen',
    test: denylistTest,
  },
  {
    name: 'the token version of a user can sink',
    file: denylist,
    find: 'minTokenVersion: Math.max(known?.minTokenVersion ?? 0, more.minTokenVersion ?? 0)',
    replace: 'minTokenVersion: more.minTokenVersion ?? 0',
    test: denylistTest,
  },
  {
    name: 'the clock goes back',
    file: 'src/clock/monotonic-clock.ts',
    find: 'highest = Math.max(highest, clock())',
    replace: 'highest = clock()',
    test: feedTest,
  },
  {
    name: 'a node uses the clock of its machine',
    file: 'src/clock/database-clock.ts',
    find: 'const now = createMonotonicClock(estimate)',
    replace: 'const now = machine',
    test: clockTest,
  },
  {
    name: 'a revocation expires by the database’s clock',
    file: feed,
    find: 'createdAt: Math.max(revocation.createdAt, heardAt)',
    replace: 'createdAt: Math.min(revocation.createdAt, heardAt)',
    test: clockTest,
  },
  {
    name: 'entries are never removed',
    file: denylist,
    find: 'if (until <= now) map.delete(key)',
    replace: 'if (until <= 0) map.delete(key)',
    test: denylistTest,
  },
  {
    name: 'a stale denylist is trusted although REVOCATION_STALE is closed',
    file: 'src/guard/require-not-revoked.ts',
    find: "if (stale === 'closed' &&",
    replace: "if (stale !== 'closed' && stale !== 'open' &&",
    test: staleTest,
  },
  {
    name: 'a node with a stale denylist is ready',
    file: 'src/http/readiness.ts',
    find: 'revocationsAgeMs() > staleAfterMs',
    replace: 'revocationsAgeMs() > 1e9 * staleAfterMs',
    test: staleTest,
  },
  {
    name: 'a node waits for a connection that does not answer',
    file: store,
    find: 'query_timeout: 2000',
    replace: 'query_timeout: 3600_000',
    test: partitionTest,
  },
  {
    name: 'a failed read makes the denylist fresh',
    file: feed,
    find: 'reader ??= await open()\n    const from = performance.now()',
    replace: 'const from = performance.now()\n    freshAt = from\n    reader ??= await open()',
    test: staleTest,
  },
]
