/** What every store of attempts does, in Postgres and in Redis. */
import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { type Budget, guessBudget, type LimitStore, windowBudget } from '../../src/limits/budgets.ts'
import { createLimitStore } from '../../src/limits/limit-store.ts'
import { openRedisLimitStore } from '../../src/limits/redis-limit-store.ts'
import { connect, createDatabase } from '../setup/database.ts'
import { skip, startRedis } from './redis.ts'

const newKey = () => randomBytes(32)
const fiveGuesses = guessBudget({ count: 5, seconds: 600 })
// Like it, but fast: waits of 0.3 s and 0.6 s, forgotten after 1.2 s.
const fast: Budget = { free: 3, seconds: 1.2, delays: [0.3, 0.6], slides: true }

/** The same of each store; `nodes` are two on one. */
function contract(t: Test, nodes: readonly [LimitStore, LimitStore]): void {
  const [store, other] = nodes
  const tryTimes = async (key: Buffer, budget: Budget, times: number) => {
    const results = []
    for (let i = 0; i < times; i++) results.push(await store.reserve(key, budget))
    return results
  }

  t.test('the free ones are counted, the next one is told how long to wait', async (t) => {
    const key = newKey()
    t.same(
      await tryTimes(key, fiveGuesses, 5),
      [1, 2, 3, 4, 5].map((count) => ({ allowed: true, count })),
    )
    const refused = await store.reserve(key, fiveGuesses)
    t.match(refused, { allowed: false, first: true })
    if (!refused.allowed) t.ok(refused.waitSeconds > 0.5 && refused.waitSeconds <= 1, String(refused.waitSeconds))
    t.match(await store.reserve(key, fiveGuesses), { allowed: false, first: false })
    t.match(await store.reserve(newKey(), fiveGuesses), { allowed: true, count: 1 }, 'another key is nothing to it')
  })

  t.test('of 200 at once, on two nodes, no more get through than are free', async (t) => {
    const key = newKey()
    const all = await Promise.all(
      Array.from({ length: 200 }, (_, i) => (i % 2 === 0 ? store : other).reserve(key, fiveGuesses)),
    )
    const allowed = all.filter((one) => one.allowed)
    const first = all.filter((one) => !one.allowed && one.first)
    t.comment(`${allowed.length} of ${all.length} allowed`)
    t.equal(allowed.length, 5)
    t.equal(first.length, 1, 'one is the first to be refused')
  })

  t.test('waits grow, and end; refusals do not make them longer', async (t) => {
    const key = newKey()
    await tryTimes(key, fast, 3)
    for (const [wait, count] of [
      [0.3, 4],
      [0.6, 5],
      [0.6, 6],
    ] as const) {
      const [refused] = await tryTimes(key, fast, 10)
      t.notOk(refused?.allowed)
      if (refused?.allowed === false) t.ok(refused.waitSeconds <= wait && refused.waitSeconds > wait - 0.25)
      await sleep(wait * 1000 + 20)
      t.same(await other.reserve(key, fast), { allowed: true, count })
    }
  })

  t.test('after a quiet time all is forgotten, and not before', async (t) => {
    const key = newKey()
    await tryTimes(key, fast, 2)
    await sleep(700)
    t.same(await store.reserve(key, fast), { allowed: true, count: 3 }, 'this one puts it off')
    await sleep(700)
    t.match(await store.reserve(key, fast), { allowed: true, count: 4 })
    await sleep(1300)
    t.same(await store.reserve(key, fast), { allowed: true, count: 1 })
  })

  t.test('a window ends when it ends, however many come', async (t) => {
    const key = newKey()
    const window = { ...windowBudget({ count: 2, seconds: 1 }) }
    await tryTimes(key, window, 1)
    await sleep(500)
    await tryTimes(key, window, 1)
    const refused = await store.reserve(key, window)
    t.match(refused, { allowed: false })
    if (!refused.allowed) t.ok(refused.waitSeconds <= 0.5)
    await sleep(550)
    t.same(await store.reserve(key, window), { allowed: true, count: 1 })
  })

  t.test('one that is given back does not count, nor does its wait', async (t) => {
    const key = newKey()
    await tryTimes(key, fiveGuesses, 5)
    await other.giveBack(key, 5)
    t.same(await store.reserve(key, fiveGuesses), { allowed: true, count: 5 })
    t.match(await store.reserve(key, fiveGuesses), { allowed: false })
    await store.giveBack(key, 3)
    t.match(
      await store.reserve(key, fiveGuesses),
      { allowed: true, count: 5 },
      'an earlier one: there is one free again',
    )
    await store.giveBack(newKey(), 1)
  })

  t.test('a wait that somebody else has caused stays', async (t) => {
    const key = newKey()
    await tryTimes(key, fast, 3)
    await sleep(320)
    t.match(await store.reserve(key, fast), { count: 4 })
    await sleep(620)
    t.match(await store.reserve(key, fast), { count: 5 })
    await store.giveBack(key, 4)
    t.match(await store.reserve(key, fast), { allowed: false })
  })

  t.test('what is cleared begins anew', async (t) => {
    const key = newKey()
    await tryTimes(key, fiveGuesses, 7)
    await store.clear(key)
    t.same(await other.reserve(key, fiveGuesses), { allowed: true, count: 1 })
  })
}

t.test('in Postgres', async (t) => {
  const { url, drop } = await createDatabase()
  const databases = [connect(url), connect(url)] as const
  t.teardown(async () => {
    for (const database of databases) await database.close()
    await drop()
  })
  contract(t, [createLimitStore(databases[0]), createLimitStore(databases[1])])

  t.test('nothing of it waits for a disk', async (t) => {
    const { rows } = await databases[0].pool.query(`SELECT relpersistence FROM pg_class WHERE relname = 'attempts'`)
    t.same(rows, [{ relpersistence: 'u' }])
  })
})

t.test('in Redis', { skip }, async (t) => {
  const redis = await startRedis(t)
  const nodes = [openRedisLimitStore(redis.url), openRedisLimitStore(redis.url)] as const
  t.teardown(() => nodes.forEach(({ close }) => close()))
  for (const { store } of nodes) await untilItAnswers(store)
  contract(t, [nodes[0].store, nodes[1].store])
})

async function untilItAnswers(store: LimitStore): Promise<void> {
  for (let tries = 0; tries < 250; tries++) {
    const answered = await store.clear(newKey()).then(
      () => true,
      () => false,
    )
    if (answered) return
    await sleep(20)
  }
  throw new Error('Redis does not answer')
}
