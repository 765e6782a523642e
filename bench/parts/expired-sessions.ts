/**
 * Refreshes beside a million expired sessions, compared with a database that has none, and how long it takes to delete them.
 * Postgres runs without fsync here, because waiting for the disk would hide the cost of the table.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { createCleaning } from '../../src/cleaning/cleaning.ts'
import type { TokenPair } from '../../src/sessions/token-pair.ts'
import { refresh, register } from '../../test/setup/client.ts'
import { type Node, startNode } from '../../test/setup/node.ts'
import { expiredSessions, rounds } from '../harness/settings.ts'
import type { Found, Ratio, Row } from '../report/results.ts'
import { spreadOf } from '../report/spread.ts'
import { runWithoutTimeout } from './long-statement.ts'
import type { Tools } from './part.ts'

const refreshesARound = 300

// One third has ended by a logout, the others are idle, all for a long time.
const fill = `WITH owners AS (
    INSERT INTO users (id, email, email_key, password_hash)
    SELECT gen_random_uuid(), i || '@old.test', i || '@old.test', '' FROM generate_series(1, 10000) i RETURNING id
  ), numbered AS (SELECT id, row_number() OVER () - 1 AS n FROM owners)
  INSERT INTO sessions (id, user_id, head_hash, prev_hash, salt, amr, device, ip, created_at, rotated_at,
    idle_expires_at, absolute_expires_at, revoked_at, revoke_reason)
  SELECT gen_random_uuid(), numbered.id, sha256(i::text::bytea), sha256(i::text::bytea), sha256(i::text::bytea),
    '{pwd}', 'Firefox on Linux', '192.0.2.1', now() - interval '80 days', now() - interval '60 days',
    now() - interval '30 days', now() + interval '285 days',
    CASE WHEN i % 3 = 0 THEN now() - interval '50 days' END, CASE WHEN i % 3 = 0 THEN 'logout'::revoke_reason END
  FROM generate_series(1, $1::int) i JOIN numbered ON numbered.n = i % 10000`

/** Returns a function that refreshes one of twenty sessions and returns the milliseconds. */
async function newRefresher({ baseUrl }: Node): Promise<() => Promise<number>> {
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

/** The share of HOT updates and the bytes of write-ahead log of a refresh. */
async function readWrites(node: Node): Promise<{ hot: number; wal: number }> {
  const next = await newRefresher(node)
  const read = async () => {
    // The statistics of a connection come with a delay of one second.
    await sleep(1500)
    const { rows } = await node.database.pool.query<{ updates: number; hot: number; wal: number }>(
      `SELECT n_tup_upd::int AS updates, n_tup_hot_upd::int AS hot, (pg_current_wal_insert_lsn() - '0/0')::float8 AS wal
       FROM pg_stat_user_tables WHERE relname = 'sessions'`,
    )
    return rows[0] ?? { updates: 0, hot: 0, wal: 0 }
  }
  const before = await read()
  for (let i = 0; i < refreshesARound * rounds; i++) await next()
  const after = await read()
  const updates = after.updates - before.updates
  return { hot: ((after.hot - before.hot) / updates) * 100, wal: (after.wal - before.wal) / updates }
}

export async function measureExpiredSessions({ place }: Tools): Promise<Found> {
  const start = () => startNode({ teardown: (done) => place.atEnd(done as () => unknown) })
  const [full, empty] = [await start(), await start()]
  const rows: Row[] = []
  const ratios: Ratio[] = []
  const add = (group: string, unit: string, name: string, value: number) =>
    rows.push({ id: `${group} ${name}`, name, group, unit, value: spreadOf([value]) })

  /** Refreshes in turns on both databases, for some rounds and until `isOver`. */
  async function compare(name: string, isOver = () => true): Promise<void> {
    const [onFull, onEmpty] = [await newRefresher(full), await newRefresher(empty)]
    const medians: { full: number; empty: number }[] = []
    for (let round = -1; round < rounds || !isOver(); round++) {
      const took = { full: [] as number[], empty: [] as number[] }
      for (let i = 0; i < refreshesARound; i++) {
        took.full.push(await onFull())
        took.empty.push(await onEmpty())
      }
      // The first round warms up.
      if (round >= 0) medians.push({ full: spreadOf(took.full).median, empty: spreadOf(took.empty).median })
    }
    const each = medians.map((one) => one.full / one.empty)
    ratios.push({ name: `p50 of a refresh, ${name} ÷ with none`, value: spreadOf(each) })
  }

  await compare('with no expired session in either database')
  await runWithoutTimeout(full.databaseUrl, fill, [expiredSessions])
  await runWithoutTimeout(full.databaseUrl, 'VACUUM ANALYZE sessions')
  const many = `${expiredSessions.toLocaleString('en')} expired sessions`
  await compare(`with ${many}`)

  const cleaning = createCleaning({
    connectionString: full.databaseUrl,
    auditDays: 400,
    onError: (error) => console.error(error),
    blocksARound: Infinity,
  })
  const from = performance.now()
  let seconds = 0
  const cleaned = cleaning.round().then(() => (seconds = (performance.now() - from) / 1000))
  await compare('while they are deleted', () => seconds > 0)
  await cleaned
  add('deleting', 's', `${many}, beside refreshes`, seconds)
  const again = performance.now()
  await cleaning.round()
  add('deleting', 's', 'a round that finds nothing', (performance.now() - again) / 1000)

  // Every refresh would move the entry in an index on the end of a session. So there is none.
  const without = await readWrites(full)
  await runWithoutTimeout(
    full.databaseUrl,
    'CREATE INDEX ON sessions (least(revoked_at, idle_expires_at, absolute_expires_at))',
  )
  const withIndex = await readWrites(full)
  for (const [name, { hot, wal }] of [
    ['as it is', without],
    ['with an index on the end of a session', withIndex],
  ] as const) {
    add('HOT updates of refreshes', '%', name, hot)
    add('write-ahead log of a refresh', 'bytes', name, wal)
  }
  return { rows, ratios, notes: ['Postgres runs without fsync for this part.'] }
}
