/**
 * `node bench/expired-sessions.ts`: what a million expired sessions in the table do to a refresh, and how long it takes until
 * they are cleaned away. Each line: with them ÷ without, asked in turns, over HTTP, on a throw-away Postgres that waits for no
 * disk, which would hide what the table costs.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { createCleaning } from '../src/cleaning/cleaning.ts'
import type { TokenPair } from '../src/sessions/token-pair.ts'
import { refresh, register } from '../test/setup/client.ts'
import { startNode } from '../test/setup/node.ts'

const expired = Number(process.env['EXPIRED'] ?? 1_000_000)
const refreshes = Number(process.env['REFRESHES'] ?? 3000)
const teardowns: (() => unknown)[] = []
const startNodeOf = () => startNode({ teardown: (done) => void teardowns.unshift(done as () => unknown) })
// Two databases, asked in turns: whatever else this machine does, it does to both.
const [node, bare] = [await startNodeOf(), await startNodeOf()]

/** Twenty people who refresh one after the other; each call returns the milliseconds that the next refresh took. */
async function newRefresher({ baseUrl }: typeof node): Promise<() => Promise<number>> {
  const held: TokenPair[] = []
  for (let i = 0; i < 20; i++) held.push(await register(baseUrl))
  let turn = 0
  return async () => {
    const i = turn++ % held.length
    const from = performance.now()
    const { status, body } = await refresh(baseUrl, held[i]?.refresh_token ?? '')
    if (status !== 200) throw new Error(`refresh answered ${status}`)
    held[i] = body
    return performance.now() - from
  }
}

/** Milliseconds of refreshes, sorted: with the sessions that have expired, and in the database that has none. */
async function measure(isOver = () => true): Promise<{ full: number[]; empty: number[] }> {
  const [onFull, onEmpty] = [await newRefresher(node), await newRefresher(bare)]
  const took = { full: [] as number[], empty: [] as number[] }
  for (let i = -100; i < refreshes || !isOver(); i++) {
    const [full, empty] = [await onFull(), await onEmpty()]
    if (i < 0) continue // to warm up
    took.full.push(full)
    took.empty.push(empty)
  }
  const sorted = (list: readonly number[]) => list.toSorted((a, b) => a - b)
  return { full: sorted(took.full), empty: sorted(took.empty) }
}

function report(what: string, { full, empty }: { full: number[]; empty: number[] }): void {
  const compare = (share: number) => {
    const [one = NaN, other = NaN] = [full, empty].map((list) => list[Math.floor(list.length * share)])
    return `${one.toFixed(2)} ÷ ${other.toFixed(2)} ms = ${(one / other).toFixed(2)}`
  }
  console.log(`${what.padEnd(30)} p50 ${compare(0.5)}   p99 ${compare(0.99)}   (${full.length} refreshes each)`)
}

/** What a refresh writes: bytes of write-ahead log, and whether it leaves the indexes alone (a HOT update). */
async function reportWrites(what: string): Promise<void> {
  const next = await newRefresher(node)
  const read = async () => {
    await sleep(1500) // the node's connections tell what they did after a second
    const { rows } = await node.database.pool.query(
      `SELECT n_tup_upd::int AS updates, n_tup_hot_upd::int AS hot, (pg_current_wal_insert_lsn() - '0/0')::float8 AS wal
       FROM pg_stat_user_tables WHERE relname = 'sessions'`,
    )
    return rows[0] as { updates: number; hot: number; wal: number }
  }
  const before = await read()
  for (let i = 0; i < refreshes; i++) await next()
  const after = await read()
  const [updates, hot, wal] = [after.updates - before.updates, after.hot - before.hot, after.wal - before.wal]
  const share = Math.round((hot / updates) * 100)
  console.log(
    `${what.padEnd(30)} ${share} % of ${updates} refreshes HOT, ${Math.round(wal / updates)} bytes of WAL each`,
  )
}

// A third ended by a logout, the others forgotten, all long ago.
const fill = `WITH people AS (
    INSERT INTO users (id, email, email_key, password_hash)
    SELECT gen_random_uuid(), i || '@old.test', i || '@old.test', '' FROM generate_series(1, 10000) i RETURNING id
  ), numbered AS (SELECT id, row_number() OVER () - 1 AS n FROM people)
  INSERT INTO sessions (id, user_id, head_hash, prev_hash, salt, amr, device, ip, created_at, rotated_at,
    idle_expires_at, absolute_expires_at, revoked_at, revoke_reason)
  SELECT gen_random_uuid(), numbered.id, sha256(i::text::bytea), sha256(i::text::bytea), sha256(i::text::bytea),
    '{pwd}', 'Firefox on Linux', '192.0.2.1', now() - interval '80 days', now() - interval '60 days',
    now() - interval '30 days', now() + interval '285 days',
    CASE WHEN i % 3 = 0 THEN now() - interval '50 days' END, CASE WHEN i % 3 = 0 THEN 'logout'::revoke_reason END
  FROM generate_series(1, $1::int) i JOIN numbered ON numbered.n = i % 10000`

/** Without the timeouts of a node's connections. */
async function unhurried(statement: string, values: unknown[] = []): Promise<void> {
  const client = new pg.Client({ connectionString: node.databaseUrl })
  await client.connect()
  await client.query(statement, values)
  await client.end()
}

report('none in either', await measure())
await unhurried(fill, [expired])
await unhurried('VACUUM ANALYZE sessions')
report(`${expired} expired sessions`, await measure())

const cleaning = createCleaning({
  connectionString: node.databaseUrl,
  auditDays: 400,
  onError: (error) => console.error(error),
  blocksARound: Infinity,
})
const from = performance.now()
let seconds = 0
const cleaned = cleaning.round().then((removed) => {
  seconds = (performance.now() - from) / 1000
  return removed
})
report('while they are cleaned away', await measure(() => seconds > 0))
const removed = await cleaned
console.log(`${removed} rows cleaned away in ${seconds.toFixed(1)} s beside these refreshes, in one round`)
report('afterwards', await measure())
const again = performance.now()
await cleaning.round()
console.log(`a round that finds nothing: ${((performance.now() - again) / 1000).toFixed(1)} s`)

// Why there is no index on the end of a session: every refresh moves it.
await reportWrites('as it is')
await unhurried('CREATE INDEX ON sessions (least(revoked_at, idle_expires_at, absolute_expires_at))')
await reportWrites('with an index on their end')
for (const teardown of teardowns) await teardown()
