/** A server that stops resets no connection that a proxy may be sending on. */
import { once } from 'node:events'
import { Agent, request } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import t from 'tap'
import { createServer } from '../../../src/http/server.ts'

// Longer than a busy machine needs to send a request.
const lingerMs = 1000

async function start() {
  const app = await createServer({ lingerMs })
  app.get('/', () => 'here')
  await app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = app.server.address() as AddressInfo
  const ask = async (agent: Agent) => {
    const [answer] = await once(request({ port, host: '127.0.0.1', agent }).end(), 'response')
    answer.resume()
    await once(answer, 'end')
    return { status: answer.statusCode, connection: answer.headers.connection }
  }
  return { app, port, ask }
}

t.test('it accepts and answers every connection that waits', async (t) => {
  const { app, port } = await start()
  // The system connects them before the event loop can turn.
  const answers = Array.from({ length: 20 }, async () => {
    const socket = connect(port, '127.0.0.1').setEncoding('utf8')
    socket.write('GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n')
    const [text] = await once(socket, 'data').catch((error: Error) => [error.message])
    return String(text).split('\r\n')[0]
  })
  await app.close()
  t.same(new Set(await Promise.all(answers)), new Set(['HTTP/1.1 200 OK']))
})

t.test('when it does not listen any more, it answers on open connections', async (t) => {
  const { app, port, ask } = await start()
  const open = new Agent({ keepAlive: true })
  await ask(open)
  const closed = app.close()
  const listens = () =>
    new Promise((resolve) => {
      const socket = connect(port, '127.0.0.1')
      socket.once('connect', () => resolve(Boolean(socket.destroy()))).once('error', () => resolve(false))
    })
  while (await listens());
  t.same(await ask(open), { status: 200, connection: 'close' })
  await closed
})
