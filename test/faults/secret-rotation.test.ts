/**
 * COUNTERSIGN_SECRET is replaced while clients refresh on every node. The nodes are restarted one by one, one of them after
 * kill -9, and one that was cut off keeps the old secret. Nobody is logged out.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import t, { type Test } from 'tap'
import { createSeal } from '../../src/keys/seal.ts'
import { newestInForce } from '../../src/secrets/server-secrets.ts'
import { createRefreshTokens } from '../../src/tokens/refresh-token.ts'
import { untilServed } from '../setup/client.ts'
import { createDatabase } from '../setup/database.ts'
import { launch, type ServerProcess, startServer } from '../setup/server-process.ts'
import { app, enter, refreshAt, startRefreshing, type User } from './clients.ts'

const before = 'the secret before: of 32 characters and more'
const after = 'the secret after it: of 32 characters and more'
const both = `${after},${before}`

async function createNodes(t: Test) {
  const { url, drop } = await createDatabase()
  t.teardown(drop)
  const client = new Client(url)
  await client.connect()
  t.teardown(() => client.end())
  const env = { DATABASE_URL: url, PUBLIC_URL: 'https://auth.example.test', SPA_ORIGINS: app, LOG_LEVEL: 'warn' }
  const seal = createSeal([before, after])

  async function start(secret: string): Promise<ServerProcess> {
    const node = await startServer({ ...env, COUNTERSIGN_SECRET: secret })
    t.teardown(() => node.child.kill('SIGKILL') && node.exited)
    return node
  }

  return {
    start,
    env,
    restart: async (nodes: ServerProcess[], place: number, signal: 'SIGTERM' | 'SIGKILL', secret: string) => {
      const old = nodes[place]
      old?.child.kill(signal)
      await old?.exited
      nodes[place] = await start(secret)
    },
    /** The secret under which each signing key is sealed. */
    sealedUnder: async () => {
      const { rows } = await client.query<{ sealed: string }>('SELECT sealed_private_jwk AS sealed FROM signing_keys')
      const opened = await Promise.all(rows.map(({ sealed }) => seal.open(sealed)))
      return [...new Set(opened.map((found) => ['before', 'after'][found?.secretIndex ?? -1] ?? 'none'))]
    },
  }
}

/** How many of these clients hold a token that was made with this secret. */
const heldOf = (users: readonly User[], secret: string) =>
  users.filter(({ token, mode }) => createRefreshTokens(newestInForce([secret])).parse(token, mode)).length

async function until(what: string, seconds: number, holds: () => boolean | Promise<boolean>): Promise<number> {
  const from = performance.now()
  while (!(await holds())) {
    if (performance.now() - from > seconds * 1000) throw new Error(`${what}: not within ${seconds} s`)
    await sleep(20)
  }
  return (performance.now() - from) / 1000
}

t.setTimeout(290_000)

t.test('a new secret, with nodes restarted one by one: nobody is logged out', { timeout: 290_000 }, async (t) => {
  const { start, restart, sealedUnder, env } = await createNodes(t)
  const nodes = await Promise.all([start(before), start(before), start(before)])
  const forgotten = await start(before)
  const users = await Promise.all(
    Array.from({ length: 24 }, (_, i) => enter(nodes[i % 3]!, i % 4 === 3 ? 'cookie' : 'bearer', `person-${i}`)),
  )
  const sleeper = await enter(forgotten, 'bearer', 'sleeper')
  const traffic = startRefreshing(users, nodes)
  const { seen } = traffic
  const notReady = (node: ServerProcess) => seen.later.get(node)?.filter((code) => code === 'not_ready').length ?? 0
  const from = performance.now()

  forgotten.child.kill('SIGSTOP')
  for (const place of [0, 1]) await restart(nodes, place, 'SIGTERM', both)
  await sleep(1500)
  t.same(await sealedUnder(), ['before'], 'one node has not been restarted: the keys stay sealed under the old secret')
  t.equal(heldOf(users, before), 24, 'which makes the refresh tokens')
  const killedAt = performance.now()
  await restart(nodes, 2, 'SIGKILL', both)
  await until('the keys are sealed under the new secret', 120, async () => (await sealedUnder()).join() === 'after')
  t.comment(`sealed anew ${((performance.now() - killedAt) / 1000).toFixed(1)} s after kill -9 of the last node`)
  const followed = await until('all hold tokens of it', 60, () => heldOf(users, after) === 24)
  t.comment(`all 24 sessions hold tokens of the new secret ${followed.toFixed(1)} s later`)
  t.same(nodes.map(notReady), [0, 0, 0], 'the nodes knew every token that was shown to them')

  nodes.push(forgotten)
  forgotten.child.kill('SIGCONT')
  const answered = () => notReady(forgotten) > 0 || seen.loggedOut.length > 0
  await until('it is shown a token that it does not know', 60, answered)
  await sleep(1500)
  t.same(seen.loggedOut, [], 'it logs nobody out')
  t.comment(`the forgotten node answered 503 to tokens it did not know, ${notReady(forgotten)} times`)
  const { status } = await fetch(`${forgotten.baseUrl}/readyz`)
  t.equal(status, 503, 'the forgotten node says that it is not ready')
  await restart(nodes, 3, 'SIGTERM', both)
  await sleep(1000)
  await traffic.stop()
  t.same(seen.loggedOut, [], 'nobody was logged out')
  const later = [...seen.later.values()].flat().length
  const seconds = Math.round((performance.now() - from) / 1000)
  t.comment(`${seen.refreshes} refreshes in ${seconds} s; tried again: ${seen.cut} cut off, ${later} told to wait`)

  const only = await start(after)
  const answers = await Promise.all(users.map((user) => untilServed(() => refreshAt(only, user))))
  t.ok(
    answers.every((answer) => answer.status === 200),
    'a node without the old secret knows the tokens made since',
  )
  t.equal(
    (await untilServed(() => refreshAt(nodes[0], sleeper))).status,
    200,
    'who slept through it all has a token of the old one, and goes on',
  )
  const late = launch({ ...env, NODE_ENV: 'development', PORT: '0', COUNTERSIGN_SECRET: before })
  t.equal(await late.exited, 1, 'a node with nothing but the old secret does not start')
  t.match(late.output(), /COUNTERSIGN_SECRET does not open the signing keys in this database/)
})
