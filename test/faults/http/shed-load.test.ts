/** A process that cannot keep up refuses some requests, so that it can answer the others. */
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { shedLoad } from '../../../src/http/bounds/shed-load.ts'
import { createServer } from '../../../src/http/server.ts'
import { untilGood } from '../../setup/undisturbed.ts'

t.setTimeout(290_000)

const routes = [
  ['/first', {}],
  ['/last', { shed: 'last' }],
  ['/never', { shed: 'never' }],
] as const

async function startServer(t: Pick<Tap, 'teardown'>, thresholds?: Parameters<typeof shedLoad>[1]) {
  const app = await createServer()
  await shedLoad(app, thresholds)
  for (const [url, config] of routes) app.get(url, { config }, () => ({}))
  t.teardown(() => app.close())
  const ask = async () => {
    const answers = await Promise.all(routes.map(([url]) => app.inject({ url })))
    return { statuses: answers.map(({ statusCode }) => statusCode), answers }
  }
  return { ask }
}
type Tap = typeof t

/** Keeps the event loop busy for most of some seconds, in pieces of `pieceMs`. */
async function burden(pieceMs: number, seconds: number): Promise<void> {
  for (const end = performance.now() + seconds * 1000; performance.now() < end; await sleep(1)) {
    for (const until = performance.now() + pieceMs; performance.now() < until; );
  }
}

const loaded = async ({ ask }: Awaited<ReturnType<typeof startServer>>, pieceMs: number) => {
  const statuses = new Set<string>()
  const asking = new AbortController()
  const asked = (async () => {
    while (!asking.signal.aborted) {
      statuses.add((await ask()).statuses.join(' '))
      await sleep(50)
    }
  })()
  await burden(pieceMs, 5)
  asking.abort()
  await asked
  return statuses
}

t.test('at a small delay, registrations and logins are refused, and refreshes and verifications are not', async (t) => {
  const server = await startServer(t, { firstDelayMs: 150, lastDelayMs: 60_000 })
  t.same((await server.ask()).statuses, [200, 200, 200])
  t.same(await loaded(server, 400), new Set(['200 200 200', '503 200 200']))
  const { answers } = await server.ask()
  t.match(answers[0]?.json(), { code: 'overloaded', retryable: true })
  t.ok(Number(answers[0]?.headers['retry-after']) > 0)
  t.equal(answers[0]?.headers['content-type'], 'application/problem+json')
  while ((await server.ask()).statuses.includes(503)) await sleep(100)
  t.pass('it passes')
})

t.test('at a long delay, only health checks and metrics are answered', async (t) => {
  const server = await startServer(t, { firstDelayMs: 150, lastDelayMs: 250 })
  t.same(await loaded(server, 500), new Set(['200 200 200', '503 503 200']))
})

t.test('one slow second does not shed load', async (t) => {
  const server = await startServer(t, { firstDelayMs: 150, lastDelayMs: 250 })
  const measure = async () => {
    await burden(500, 1)
    const refused: number[] = []
    for (let i = 0; i < 15; i++) {
      refused.push(...(await server.ask()).statuses.filter((status) => status !== 200))
      await sleep(100)
    }
    return refused
  }
  // Another slow second, by other work on the machine, would make the load last.
  t.same(await untilGood(measure, ({ length }) => length === 0), [])
})
