/** A process that cannot keep up refuses some requests, so that it can answer the others. */
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { shedLoad } from '../../../src/http/bounds/shed-load.ts'
import { createServer } from '../../../src/http/server.ts'

t.setTimeout(60_000)

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
  const server = await startServer(t, { firstDelayMs: 40, lastDelayMs: 5000 })
  t.same((await server.ask()).statuses, [200, 200, 200])
  t.same(await loaded(server, 200), new Set(['200 200 200', '503 200 200']))
  const { answers } = await server.ask()
  t.match(answers[0]?.json(), { code: 'overloaded', retryable: true })
  t.ok(Number(answers[0]?.headers['retry-after']) > 0)
  t.equal(answers[0]?.headers['content-type'], 'application/problem+json')
  await sleep(2500)
  t.same((await server.ask()).statuses, [200, 200, 200], 'it passes')
})

t.test('at a long delay, only health checks and metrics are answered', async (t) => {
  const server = await startServer(t, { firstDelayMs: 40, lastDelayMs: 100 })
  t.same(await loaded(server, 300), new Set(['200 200 200', '503 503 200']))
})

t.test('one slow second does not shed load', async (t) => {
  const server = await startServer(t, { firstDelayMs: 40, lastDelayMs: 100 })
  await burden(300, 1)
  for (let i = 0; i < 15; i++) {
    t.same((await server.ask()).statuses, [200, 200, 200])
    await sleep(100)
  }
})
