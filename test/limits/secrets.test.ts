/** Attempts are counted under the secret in force, so all nodes share one count while the server secret is replaced node by node. */
import t from 'tap'
import { createLimitStore } from '../../src/limits/limit-store.ts'
import { createLimits } from '../../src/limits/limits.ts'
import { connect, createDatabase } from '../setup/database.ts'

const { url, drop } = await createDatabase()
const database = connect(url)
t.teardown(async () => {
  await database.close()
  await drop()
})
const [old, next] = ['an old secret that is only good for tests', 'a new secret that is only good for tests']

const limitsWith = (all: readonly string[], indexInForce: number) =>
  createLimits({
    store: createLimitStore(database),
    rates: { session_password: { count: 2, seconds: 600 } },
    secrets: { all, indexInForce: () => indexInForce },
    clock: Date.now,
  })
const wrongPassword = async () => ({ matches: false })

t.test('a node with a new secret and a node without it count the same attempts', async (t) => {
  const [replaced, waiting] = [limitsWith([next, old], 1), limitsWith([old], 0)]
  await replaced.inSession('a session', wrongPassword)
  await waiting.inSession('a session', wrongPassword)
  await t.rejects(replaced.inSession('a session', wrongPassword), { code: 'rate_limited' })
  await t.rejects(waiting.inSession('a session', wrongPassword), { code: 'rate_limited' })
})
