/** What every store of attempts does, in Postgres and in Redis. */
import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import t, { type Test } from 'tap'
import { type Budget, type LimitStore, type Reservation, windowBudget } from '../../src/limits/budgets.ts'
import { createLimitStore } from '../../src/limits/limit-store.ts'
import { attemptsKey, openRedisLimitStore } from '../../src/limits/redis-limit-store.ts'
import { connect, createDatabase } from '../setup/database.ts'
import { pass as passInPostgres, stopClock } from '../setup/stopped-clock.ts'
import { skip, startRedis } from './redis.ts'

const newKey = () => randomBytes(32)
// Moves all times of a key back, its end in Redis included.
const passInRedis = `for _, name in ipairs({'next', 'until'}) do redis.call('HINCRBY', KEYS[1], name, -ARGV[1]) end
  redis.call('PEXPIRE', KEYS[1], redis.call('PTTL', KEYS[1]) - ARGV[1])`
// So long that none ends while a test runs, however slowly. In Redis time goes on, and a wait is shorter by that.
const five: Budget = { free: 5, seconds: 36_000, delays: [3600], slides: true }
const three: Budget = { free: 3, seconds: 12_000, delays: [3000, 6000], slides: true }
const slackSeconds = 500

type Contract = {
  /** Two nodes on one store. */
  nodes: readonly [LimitStore, LimitStore]
  /** Lets time pass for what is counted under a key. */
  pass: (key: Buffer, seconds: number) => Promise<unknown>
}

/** The same of each store. */
function contract(t: Test, { nodes: [store, other], pass }: Contract): void {
  const tryTimes = async (key: Buffer, budget: Budget, times: number) => {
    const results = []
    for (let i = 0; i < times; i++) results.push(await store.reserve(key, budget))
    return results
  }
  const isRefusedFor = (refused: Reservation | undefined, seconds: number) =>
    refused?.allowed === false && refused.waitSeconds <= seconds && refused.waitSeconds > seconds - slackSeconds

  t.test('the free ones are counted, the next one is told how long to wait', async (t) => {
    const key = newKey()
    t.same(
      await tryTimes(key, five, 5),
      [1, 2, 3, 4, 5].map((count) => ({ allowed: true, count })),
    )
    const refused = await store.reserve(key, five)
    t.match(refused, { allowed: false, first: true })
    t.ok(isRefusedFor(refused, 3600))
    t.match(await store.reserve(key, five), { allowed: false, first: false })
    t.match(await store.reserve(newKey(), five), { allowed: true, count: 1 }, 'another key is nothing to it')
  })

  t.test('of 200 at once, on two nodes, no more get through than are free', async (t) => {
    const key = newKey()
    const all = await Promise.all(
      Array.from({ length: 200 }, (_, i) => (i % 2 === 0 ? store : other).reserve(key, five)),
    )
    const allowed = all.filter((one) => one.allowed)
    const first = all.filter((one) => !one.allowed && one.first)
    t.equal(allowed.length, 5)
    t.equal(first.length, 1, 'one is the first to be refused')
  })

  t.test('waits grow, and end; refusals do not make them longer', async (t) => {
    const key = newKey()
    await tryTimes(key, three, 3)
    for (const [seconds, count] of [
      [3000, 4],
      [6000, 5],
      [6000, 6],
    ] as const) {
      const [refused] = await tryTimes(key, three, 10)
      t.ok(isRefusedFor(refused, seconds))
      await pass(key, seconds - slackSeconds)
      t.match(await other.reserve(key, three), { allowed: false }, 'not before')
      await pass(key, slackSeconds)
      t.same(await other.reserve(key, three), { allowed: true, count })
    }
  })

  t.test('after a quiet time all is forgotten, and not before', async (t) => {
    const key = newKey()
    await tryTimes(key, three, 2)
    await pass(key, 7000)
    t.same(await store.reserve(key, three), { allowed: true, count: 3 }, 'this one puts it off')
    await pass(key, 7000)
    t.match(await store.reserve(key, three), { allowed: true, count: 4 })
    await pass(key, 12_001)
    t.same(await store.reserve(key, three), { allowed: true, count: 1 })
  })

  t.test('a window ends when it ends, however many come', async (t) => {
    const key = newKey()
    const window = windowBudget({ count: 2, seconds: 10_000 })
    await tryTimes(key, window, 1)
    await pass(key, 5000)
    await tryTimes(key, window, 1)
    t.ok(isRefusedFor(await store.reserve(key, window), 5000))
    await pass(key, 5001)
    t.same(await store.reserve(key, window), { allowed: true, count: 1 })
  })

  t.test('one that is given back does not count, nor does its wait', async (t) => {
    const key = newKey()
    await tryTimes(key, five, 5)
    await other.giveBack(key, 5)
    t.same(await store.reserve(key, five), { allowed: true, count: 5 })
    t.match(await store.reserve(key, five), { allowed: false })
    await store.giveBack(key, 3)
    t.match(await store.reserve(key, five), { allowed: true, count: 5 }, 'an earlier one: there is one free again')
    await store.giveBack(newKey(), 1)
  })

  t.test('a wait that somebody else has caused stays', async (t) => {
    const key = newKey()
    await tryTimes(key, three, 3)
    await pass(key, 3000)
    t.match(await store.reserve(key, three), { count: 4 })
    await pass(key, 6000)
    t.match(await store.reserve(key, three), { count: 5 })
    await store.giveBack(key, 4)
    t.match(await store.reserve(key, three), { allowed: false })
  })

  t.test('what is cleared begins anew', async (t) => {
    const key = newKey()
    await tryTimes(key, five, 7)
    await store.clear(key)
    t.same(await other.reserve(key, five), { allowed: true, count: 1 })
  })
}

t.test('in Postgres', async (t) => {
  const { url, drop } = await createDatabase()
  await stopClock(url)
  const databases = [connect(url), connect(url)] as const
  t.teardown(async () => {
    for (const database of databases) await database.close()
    await drop()
  })
  const nodes = [createLimitStore(databases[0]), createLimitStore(databases[1])] as const
  contract(t, { nodes, pass: (_key, seconds) => passInPostgres(url, seconds) })

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
  const client = new Redis(redis.url)
  t.teardown(() => client.disconnect())
  const pass = (key: Buffer, seconds: number) => client.eval(passInRedis, 1, attemptsKey(key), seconds * 1000)
  contract(t, { nodes: [nodes[0].store, nodes[1].store], pass })
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
