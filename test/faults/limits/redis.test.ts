/** With REDIS_URL, attempts are counted in Redis. While Redis does not answer, they are counted in Postgres. */
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { checked, guess, guesses, login, startLimited, tally } from '../../limits/place.ts'
import { skip, startRedis } from '../../limits/redis.ts'
import { register } from '../../setup/client.ts'
import type { Node } from '../../setup/node.ts'
import { untilGood } from '../../setup/undisturbed.ts'

await t.test('on two nodes with one Redis', { skip, timeout: 290_000 }, async (t) => {
  const redis = await startRedis(t)
  const lines: string[] = []
  const env = { REDIS_URL: redis.url, TRUSTED_PROXIES: '127.0.0.1' }
  const node = await startLimited(t, { env, log: (line) => lines.push(line) })
  const other = await startLimited(t, { env, databaseUrl: node.databaseUrl })
  const said = (words: string) => lines.filter((line) => line.includes(words)).length
  const saidSoFar = () => ({ away: said('Redis does not answer'), back: said('Redis answers again') })
  const inPostgres = async () => (await node.database.pool.query('SELECT FROM attempts')).rowCount
  await untilCountedInRedis(node)

  await t.test('of 200 parallel guesses no more than the budget are compared, and Postgres is not asked', async (t) => {
    let attempts = 0
    const measure = async () => {
      const { user } = await register(node.baseUrl)
      await untilCountedInRedis(node)
      // Refused guesses use up the budget of their address, so each attack has an address of its own.
      const address = `198.51.100.${++attempts}`
      const from = performance.now()
      const attack = Array.from({ length: 200 }, (_, i) => guess(i % 2 === 0 ? node : other, user.email, address))
      const tried = await Promise.all(attack).catch(() => [])
      const took = (performance.now() - from) / 1000
      return { answers: tried, seconds: took, hashes: await checked(node, user.id), counted: await inPostgres() }
    }
    // On a busy machine, Redis may answer too late for a node, and a node too late for a client.
    const { answers, seconds, hashes, counted } = await untilGood(
      measure,
      (one) => one.counted === 0 && one.answers.length > 0,
    )
    t.comment(`${JSON.stringify(tally(answers))} in ${seconds.toFixed(1)} s; ${hashes} guesses were compared`)
    t.ok(hashes >= 5 && hashes <= 5 + Math.floor(Math.log2(seconds + 1)))
    t.equal(counted, 0)
  })

  await t.test('while Redis is stopped, logins succeed and guesses are counted in Postgres', async (t) => {
    const { user } = await register(node.baseUrl)
    await untilCountedInRedis(node)
    const told = saidSoFar()
    await redis.stop()
    const from = performance.now()
    t.equal((await login(node, { email: user.email })).status, 200)
    t.comment(`a login took ${Math.round(performance.now() - from)} ms`)
    t.same(await guesses(node, 6, user.email), [401, 401, 401, 401, 401, 429])
    t.equal((await guess(other, user.email)).status, 429, 'for all nodes')
    t.equal(saidSoFar().away - told.away, 1, 'the log says so, once')
  })

  await t.test('after a restart, Redis counts again', async (t) => {
    const told = saidSoFar()
    await redis.start()
    await untilCountedInRedis(node)
    t.equal(saidSoFar().back - told.back, 1)
  })

  await t.test('while Redis hangs, requests do not wait for it long', async (t) => {
    const { user } = await register(node.baseUrl)
    redis.pause()
    t.teardown(() => redis.goOn())
    const times: number[] = []
    for (let i = 0; i < 6; i++) {
      const from = performance.now()
      const { status } = await guess(node, user.email)
      times.push(Math.round(performance.now() - from))
      t.equal(status, i < 5 ? 401 : 429)
    }
    t.comment(`${times.join(', ')} ms`)
    const [first = 0, ...later] = times
    t.ok(Math.min(...later) < first / 2, 'one of them waited, and the next ones knew')
    t.ok(Math.max(...times) < 20_000)
  })

  async function untilCountedInRedis({ database, baseUrl }: Pick<Node, 'database' | 'baseUrl'>) {
    for (let tries = 0; tries < 300; tries++) {
      await database.pool.query('DELETE FROM attempts')
      await guess({ baseUrl }, `probe-${tries}@example.com`)
      if ((await inPostgres()) === 0) return
      await sleep(200)
    }
    throw new Error('Redis is not used')
  }
})

t.test('a node starts without its Redis', async (t) => {
  const node = await startLimited(t, { env: { REDIS_URL: 'redis://127.0.0.1:1' } })
  const { user } = await register(node.baseUrl)
  t.same(await guesses(node, 6, user.email), [401, 401, 401, 401, 401, 429])
})
