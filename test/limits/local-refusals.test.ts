/** Refusals that a node remembers, so that it does not ask the store again. */
import { randomBytes } from 'node:crypto'
import t from 'tap'
import { guessBudget, type LimitStore } from '../../src/limits/budgets.ts'
import { createLimitStore } from '../../src/limits/limit-store.ts'
import { withLocalRefusals } from '../../src/limits/local-refusals.ts'
import { connect, createDatabase } from '../setup/database.ts'
import { nodeClock, pass, stopClock } from '../setup/stopped-clock.ts'

const { url, drop } = await createDatabase()
await stopClock(url)
const database = connect(url)
t.teardown(async () => {
  await database.close()
  await drop()
})
const budget = guessBudget({ count: 5, seconds: 600 })
const inPostgres = createLimitStore(database)
/** A store that counts its calls. */
function counted() {
  let asked = 0
  let atOnce = 0
  let most = 0
  const store: LimitStore = {
    ...inPostgres,
    async reserve(key, given) {
      asked++
      most = Math.max(most, ++atOnce)
      try {
        return await inPostgres.reserve(key, given)
      } finally {
        atOnce--
      }
    },
  }
  return { local: withLocalRefusals(store, nodeClock), asked: () => asked, most: () => most }
}

t.test('of 500 attempts at once, one for each key asks the store, and the refused ones ask once', async (t) => {
  const { local, asked, most } = counted()
  const [a, b] = [randomBytes(32), randomBytes(32)]
  const all = await Promise.all(Array.from({ length: 500 }, (_, i) => local.reserve(i % 2 === 0 ? a : b, budget)))
  t.equal(all.filter(({ allowed }) => allowed).length, 10)
  t.equal(asked(), 12)
  t.equal(most(), 2)
  t.same(new Set(all.flatMap((one) => (one.allowed ? [] : [one.waitSeconds]))), new Set([1]))
})

t.test('a wait that has ended or was cleared is not remembered', async (t) => {
  const { local } = counted()
  const key = randomBytes(32)
  for (let i = 0; i < 6; i++) await local.reserve(key, budget)
  await local.giveBack(key, 5)
  t.match(await local.reserve(key, budget), { allowed: true })
  t.match(await local.reserve(key, budget), { allowed: false })
  await local.clear(key)
  t.match(await local.reserve(key, budget), { allowed: true, count: 1 })
  for (let i = 0; i < 5; i++) await local.reserve(key, budget)
  await pass(url, 1)
  t.match(await local.reserve(key, budget), { allowed: true, count: 6 })
})

t.test('a wait that another node has cleared is forgotten within a second', async (t) => {
  const { local } = counted()
  const key = randomBytes(32)
  for (let i = 0; i < 5; i++) await local.reserve(key, budget)
  await database.pool.query(`UPDATE attempts SET next_at = now() + interval '9 minutes' WHERE key = $1`, [key])
  t.match(await local.reserve(key, budget), { allowed: false })
  await inPostgres.clear(key)
  t.match(await local.reserve(key, budget), { allowed: false })
  await pass(url, 1)
  t.match(await local.reserve(key, budget), { allowed: true, count: 1 })
})

t.test('if the store does not answer, all waiting attempts fail soon, and the next attempt asks again', async (t) => {
  let calls = 0
  const local = withLocalRefusals(
    {
      ...inPostgres,
      reserve: async (key, given) => {
        if (++calls > 1) return inPostgres.reserve(key, given)
        await pass(url, 1)
        throw new Error('gone')
      },
    },
    nodeClock,
  )
  const key = randomBytes(32)
  const all = await Promise.allSettled(Array.from({ length: 50 }, () => local.reserve(key, budget)))
  t.ok(all.every(({ status }) => status === 'rejected'))
  t.equal(calls, 1)
  t.match(await local.reserve(key, budget), { allowed: true, count: 1 })
})
