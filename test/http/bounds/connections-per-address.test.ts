/** One address may have so many connections at once, and other addresses are served meanwhile. */
import { once } from 'node:events'
import { connect, Socket } from 'node:net'
import type { Test } from 'tap'
import t from 'tap'
import { limitConnectionsPerAddress } from '../../../src/http/bounds/connections-per-address.ts'
import { createServer } from '../../../src/http/server.ts'
import { startNode } from '../../setup/node.ts'

const ask = 'GET /livez HTTP/1.1\r\nHost: a\r\n\r\n'

/** A server with this limit, and a function that opens a connection from an address of this machine. */
async function start(t: Test, trustedProxies: readonly string[] = []) {
  const app = await createServer()
  limitConnectionsPerAddress(app, { most: 3, trustedProxies })
  app.get('/livez', async () => 'yes')
  const port = Number(new URL(await app.listen({ port: 0, host: '127.0.0.1' })).port)
  const open = async (localAddress: string): Promise<Socket | undefined> => {
    const socket = connect({ port, host: '127.0.0.1', localAddress })
    t.teardown(() => socket.destroy())
    // A reset also means that the server has closed the connection.
    socket.on('error', () => {})
    socket.write(ask)
    const [answered] = await Promise.race([
      once(socket, 'data').then(() => [true]),
      once(socket, 'close').then(() => [false]),
    ])
    return answered ? socket : undefined
  }
  t.teardown(() => app.close())
  return { app, open }
}

t.test('connections beyond the limit of an address are closed, and another address is served', async (t) => {
  const { open } = await start(t)
  const held = [await open('127.0.0.1'), await open('127.0.0.1'), await open('127.0.0.1')]
  t.notOk(held.includes(undefined))
  t.equal(await open('127.0.0.1'), undefined)
  t.ok(await open('127.0.0.2'))
  for (const socket of held) socket?.destroy()
  // The server learns a moment later that they are closed.
  while (!(await open('127.0.0.1')));
  t.pass('the address is served again after its connections are closed')
})

t.test('closed connections do not count, however many there were', async (t) => {
  const { app, open } = await start(t)
  for (let i = 0; i < 10; i++) {
    const closed = new Promise((resolve) => app.server.once('connection', (socket) => socket.once('close', resolve)))
    const socket = await open('127.0.0.1')
    t.ok(socket, `connection ${i}`)
    socket?.destroy()
    await closed
  }
})

t.test('the connections of a trusted proxy are not counted', async (t) => {
  const { open } = await start(t, ['127.0.0.8/29', '127.0.0.1'])
  for (const proxy of ['127.0.0.1', '127.0.0.9']) {
    for (let i = 0; i < 6; i++) t.ok(await open(proxy), proxy)
  }
  for (let i = 0; i < 3; i++) await open('127.0.0.2')
  t.equal(await open('127.0.0.2'), undefined, 'those of others are')
})

t.test('addresses of one IPv6 network count together', async (t) => {
  const { app } = await start(t)
  const connectFrom = (remoteAddress: string) => {
    const socket = new Socket()
    Object.defineProperty(socket, 'remoteAddress', { value: remoteAddress })
    app.server.listeners('connection').at(-1)?.call(app.server, socket)
    return socket
  }
  const one = ['2001:db8::1', '2001:db8::2', '2001:db8::ffff:1'].map(connectFrom)
  t.notOk(one.some(({ destroyed }) => destroyed))
  t.ok(connectFrom('2001:db8::3').destroyed, 'the fourth of the network')
  t.notOk(connectFrom('2001:db8:0:1::1').destroyed, 'another network')
})

t.test('the setting reaches the server', async (t) => {
  const node = await startNode(t, { env: { CONNECTIONS_PER_ADDRESS: '1' } })
  const { port } = new URL(node.baseUrl)
  const held = connect(Number(port), '127.0.0.1')
  held.write(ask)
  await once(held, 'data')
  const next = connect(Number(port), '127.0.0.1').on('error', () => {})
  await once(next, 'close')
  t.pass('the second connection was closed')
  held.destroy()
})
