/** A request that is answered late, half or never: its client gets an error in time, and other requests are not affected. */
import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import Fastify from 'fastify'
import t from 'tap'
import { limitHandling } from '../../../src/http/bounds/deadline.ts'
import { trackRequests } from '../../../src/http/bounds/open-requests.ts'
import { handleErrors } from '../../../src/http/errors/error-handler.ts'
import { undisturbed } from '../../setup/undisturbed.ts'

const limitMs = 1500
// This is more than the buffers of a socket.
const large = Buffer.alloc(32 * 2 ** 20)

async function start(t: { teardown: (done: () => unknown) => void }) {
  const app = Fastify()
  handleErrors(app)
  app.addHook('onResponse', (_request, _reply, done) => done())
  const failures: Error[] = []
  app.addHook('onError', async (_request, _reply, error) => void failures.push(error))
  limitHandling(app, trackRequests(app), { answerMs: limitMs, takeMs: limitMs })
  app.get('/at-once', async () => ({ ok: true }))
  app.get('/late', () => sleep(2.5 * limitMs, { ok: true }))
  app.get('/never', () => new Promise(() => {}))
  app.get('/half', async (_request, reply) => {
    reply.hijack()
    reply.raw.writeHead(200, { 'content-length': 10 }).write('half')
  })
  app.get('/streamed', (_request, reply) => {
    reply.raw.writeHead(200, { 'content-length': 10 }).write('half')
  })
  app.get('/large', async () => large)
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  t.teardown(() => {
    app.server.closeAllConnections()
    return app.close()
  })
  return { app, url, failures }
}

t.test('a request that takes too long gets 503 overloaded with Retry-After', async (t) => {
  const { url } = await start(t)
  const from = performance.now()
  const answers = await Promise.all([fetch(`${url}/never`), fetch(`${url}/late`)])
  const took = performance.now() - from
  for (const answer of answers) {
    t.match(
      { status: answer.status, wait: answer.headers.get('retry-after'), body: await answer.json() },
      { status: 503, wait: '1', body: { code: 'overloaded', retryable: true } },
    )
  }
  t.ok(took >= limitMs, `${Math.round(took)} ms`)
})

t.test('a response that comes after the deadline does no harm', async (t) => {
  const { url } = await start(t)
  t.equal((await fetch(`${url}/late`)).status, 503)
  await sleep(2 * limitMs)
  t.same(await (await fetch(`${url}/at-once`)).json(), { ok: true })
})

t.test('a request in time is not affected, however many wait', async (t) => {
  const { url } = await start(t)
  const stuck = Array.from({ length: 20 }, () => fetch(`${url}/never`))
  for (let i = 0; i < 20; i++) {
    t.equal((await fetch(`${url}/at-once`)).status, 200)
    await sleep(limitMs / 10)
  }
  for (const { status } of await Promise.all(stuck)) t.equal(status, 503)
})

t.test('an unfinished response is cut off at the deadline', async (t) => {
  const { url } = await start(t)
  const answer = await fetch(`${url}/streamed`)
  t.equal(answer.status, 200)
  await t.rejects(answer.text())
})

t.test('the deadline does not apply to a hijacked response', async (t) => {
  const { url } = await start(t)
  const answer = await fetch(`${url}/half`)
  const end = answer.text().then(
    () => 'ended',
    () => 'cut off',
  )
  t.equal(await Promise.race([end, sleep(2 * limitMs, 'open')]), 'open')
})

t.test('a client that reads its response too slowly is cut off', async (t) => {
  const { url } = await start(t)
  const port = Number(new URL(url).port)
  const takeAfter = async (milliseconds: number) => {
    const socket = connect(port, '127.0.0.1').pause()
    socket.write('GET /large HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
    await sleep(milliseconds)
    let taken = 0
    socket.on('error', () => {})
    socket.on('data', (chunk) => void (taken += chunk.length)).resume()
    await once(socket, 'close')
    return taken >= large.length
  }
  const both = () => Promise.all([takeAfter(limitMs / 2), takeAfter(2 * limitMs)])
  t.same(await undisturbed(both), [true, false])
})

t.test('a client that has disconnected gets no response', async (t) => {
  const { app, url, failures } = await start(t)
  const gone = new AbortController()
  const asked = t.rejects(fetch(`${url}/never`, { signal: gone.signal }))
  await once(app.server, 'request')
  gone.abort()
  await asked
  await sleep(2 * limitMs)
  t.same(failures, [])
})
