import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { createServer } from '../../../src/http/server.ts'
import { talk } from '../../setup/socket.ts'

const ask = 'GET /there HTTP/1.1\r\nHost: a\r\n\r\n'
const lastAsk = ask.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n')

async function start() {
  const app = await createServer()
  app.get('/there', async () => 'yes')
  const baseUrl = await app.listen({ port: 0, host: '127.0.0.1' })
  t.teardown(() => app.close())
  return { app, baseUrl }
}

t.test('at the limit of connections, idle connections are closed for new ones', async (t) => {
  const { app, baseUrl } = await start()
  t.equal(app.server.maxConnections, 10_000)
  app.server.maxConnections = 3
  const idle: Socket[] = []
  for (let i = 0; i < 3; i++) {
    const socket = connect(Number(new URL(baseUrl).port), '127.0.0.1')
    socket.write(ask)
    await new Promise((resolve) => socket.once('data', resolve))
    idle.push(socket)
  }
  const ended = idle.map((socket) => text(socket))
  t.same((await talk(baseUrl, { send: ask })).statuses, [], 'who comes then is turned away')
  await Promise.all(ended)
  const next = await talk(baseUrl, { send: lastAsk })
  t.same(next.statuses, [200], 'and the next one is served')
})

t.test('a connection may have sixteen pipelined requests, and more are refused', async (t) => {
  const { baseUrl } = await start()
  const sixteen = await talk(baseUrl, { send: ask.repeat(15) + lastAsk })
  t.same(sixteen.statuses, Array(16).fill(200))
  const seventeen = await talk(baseUrl, { send: ask.repeat(17) })
  t.same([seventeen.statuses, seventeen.closed], [[], true])
})

t.test('the number of requests one after the other on a connection is not limited', async (t) => {
  const { baseUrl } = await start()
  const socket = connect(Number(new URL(baseUrl).port), '127.0.0.1')
  t.teardown(() => socket.destroy())
  const statuses: string[] = []
  for (let i = 0; i < 41; i++) {
    socket.write(ask)
    const [answer] = await once(socket, 'data')
    statuses.push(String(answer).slice(0, 12))
  }
  t.same(statuses, Array(41).fill('HTTP/1.1 200'))
})
