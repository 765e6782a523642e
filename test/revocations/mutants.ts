/** Deliberate breaks of revocation. `npm run test:mutants` makes each and expects its test to fail. */
import type { Mutant } from '../setup/mutant.ts'

const feed = 'src/revocations/follow-revocations.ts'
const store = 'src/revocations/revocation-store.ts'
const denied = 'src/revocations/denylist.ts'
const feedTest = 'test/revocations/follow-revocations.test.ts'
const deniedTest = 'test/revocations/denylist.test.ts'
const staleTest = 'test/revocations/staleness.test.ts'
const restartTest = 'test/faults/revocation-restart.test.ts'
const clockTest = 'test/faults/revocation-clock.test.ts'
const millionTest = 'test/faults/revocation-million.test.ts'
const partitionTest = 'test/faults/revocation-partition.test.ts'
const notifyTest = 'test/faults/revocation-notify-lost.test.ts'

export const mutants: readonly Mutant[] = [
  {
    name: 'what commits late is missed',
    file: store,
    find: '(SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS xmin) s LEFT JOIN',
    replace: '(SELECT pg_snapshot_xmax(pg_current_snapshot())::text AS xmin) s LEFT JOIN',
    test: feedTest,
  },
  {
    name: 'what is open while a node loads its set is missed',
    file: store,
    find: "client.query<{ xmin: string }>('SELECT pg_snapshot_xmin(",
    replace: "client.query<{ xmin: string }>('SELECT pg_snapshot_xmax(",
    test: feedTest,
  },
  {
    name: 'a node that starts knows only what comes',
    file: store,
    find: 'for (const row of rows) takeRow(row, take)\n',
    replace: 'void takeRow\n',
    test: restartTest,
  },
  {
    name: 'nobody looks unless told',
    file: feed,
    find: 'const lookEveryMs = 1000',
    replace: 'const lookEveryMs = 3_600_000',
    test: feedTest,
  },
  {
    name: 'whoever listens does not look',
    file: feed,
    find: 'pauseMs: () => lookEveryMs,',
    replace: 'pauseMs: () => (listen ? 3600_000 : lookEveryMs),',
    test: notifyTest,
  },
  {
    name: 'nobody listens',
    file: store,
    find: 'if (listen) await',
    replace: 'if (!listen) await',
    test: 'test/faults/logout-latency.test.ts',
  },
  {
    name: 'the node that logs out denies only when the feed says so',
    file: 'src/sessions/logout.ts',
    find: 'if (userId !== undefined) revocations.denySession(id, userId)',
    replace: '',
    test: feedTest,
  },
  {
    name: 'the default check asks nobody',
    file: 'src/guard/authenticate.ts',
    find: "if (check === 'revocation') requireNotRevoked(principal)",
    replace: 'void requireNotRevoked',
    test: feedTest,
  },
  {
    name: 'rows are removed while their tokens live',
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
    file: denied,
    find: '      denyPerson(userId, { issuedBefore, until })\n',
    replace: '',
    test: deniedTest,
  },
  {
    name: 'coarsening forgets people',
    file: denied,
    find: 'everybodyBefore = issuedBefore',
    replace: '',
    test: deniedTest,
  },
  {
    name: 'only the first page is loaded',
    file: store,
    find: 'if (rows.length < pageSize) break',
    replace: 'break',
    test: millionTest,
  },
  {
    name: 'a full set forgets',
    file: denied,
    find: 'sessions.clear()\n    if',
    replace: 'sessions.clear()\n    people.clear()\n    if',
    test: millionTest,
  },
  {
    name: 'there is no bound',
    file: denied,
    find: 'if (sessions.size + people.size > maxEntries) coarsen()',
    replace: 'void coarsen',
    test: deniedTest,
  },
  {
    name: 'a version can sink',
    file: denied,
    find: 'minTokenVersion: Math.max(known?.minTokenVersion ?? 0, more.minTokenVersion ?? 0)',
    replace: 'minTokenVersion: more.minTokenVersion ?? 0',
    test: deniedTest,
  },
  {
    name: 'the clock goes back',
    file: 'src/clock/monotonic-clock.ts',
    find: 'highest = Math.max(highest, clock())',
    replace: 'highest = clock()',
    test: feedTest,
  },
  {
    name: 'a real node goes by the clock of its machine',
    file: 'src/clock/database-clock.ts',
    find: 'const now = createMonotonicClock(estimate)',
    replace: 'const now = machine',
    test: clockTest,
  },
  {
    name: 'a revocation is over by the database’s clock',
    file: feed,
    find: 'createdAt: Math.max(revocation.createdAt, heardAt)',
    replace: 'createdAt: Math.min(revocation.createdAt, heardAt)',
    test: clockTest,
  },
  {
    name: 'entries are never forgotten',
    file: denied,
    find: 'if (until <= now) map.delete(key)',
    replace: 'if (until <= 0) map.delete(key)',
    test: deniedTest,
  },
  {
    name: 'an old set is trusted although the operator says not to',
    file: 'src/guard/require-not-revoked.ts',
    find: "if (stale === 'closed' &&",
    replace: "if (stale !== 'closed' && stale !== 'open' &&",
    test: staleTest,
  },
  {
    name: 'a node with an old set is ready',
    file: 'src/http/health.ts',
    find: 'revocationsAgeMs() > staleAfterMs',
    replace: 'revocationsAgeMs() > 1e9 * staleAfterMs',
    test: staleTest,
  },
  {
    name: 'a connection that says nothing is waited for',
    file: store,
    find: 'query_timeout: 2000',
    replace: 'query_timeout: 3600_000',
    test: partitionTest,
  },
  {
    name: 'a failed look counts as one',
    file: feed,
    find: 'reader ??= await open()\n    const from = performance.now()',
    replace: 'const from = performance.now()\n    freshAt = from\n    reader ??= await open()',
    test: staleTest,
  },
]
