/** A service with @fastify/websocket: the token comes in a subprotocol, is never sent back, and the connection ends with it. */
import { addAbortListener, once } from 'node:events'
import websocket from '@fastify/websocket'
import Fastify from 'fastify'
import t, { type Test } from 'tap'
import { countersign, principalOf } from '../../../packages/verify/src/fastify-plugin.ts'
import { call, register } from '../../setup/client.ts'
import { credential, holds, startIssuer } from './service.ts'

const { node } = await startIssuer(t)
const logout = (refreshToken: string) => call(`${node.baseUrl}/auth/logout`, { body: { refresh_token: refreshToken } })

/** A service whose websocket says who connected. It is not told which subprotocol to choose. */
async function startService(t: Test) {
  const lines: string[] = []
  const serializers = { req: ({ headers }: { headers: unknown }) => ({ headers }) }
  const stream = { write: (line: string) => lines.push(line) }
  const app = Fastify({ logger: { level: 'info', stream, serializers }, disableRequestLogging: true })
  await app.register(countersign, { issuer: node.config.publicUrl, url: node.baseUrl, revocations: credential })
  await app.register(websocket)
  await app.register(async (scope) => {
    scope.get('/live', { websocket: true, onRequest: scope.authenticate() }, (socket, request) => {
      const { userId } = principalOf(request)
      const signal = scope.signalFor(principalOf(request), socket)
      addAbortListener(signal, () => socket.close(4401, signal.reason.code))
      socket.send(userId)
      request.log.info({ req: request.raw }, 'connected')
    })
  })
  app.setErrorHandler((error, request, reply) => {
    request.log.warn({ req: request.raw, err: error }, 'refused')
    return reply.send(error)
  })
  const baseUrl = await app.listen({ port: 0, host: '127.0.0.1' })
  t.teardown(() => app.close())
  return { app, lines, url: `${baseUrl.replace('http', 'ws')}/live` }
}

/** Opens a websocket as a browser does. Node ends one that gets a protocol which it has not offered, as browsers do. */
async function open(url: string, protocols: string[]) {
  const socket = new WebSocket(url, protocols)
  const messages: string[] = []
  socket.addEventListener('message', ({ data }) => messages.push(String(data)))
  const closed = once(socket, 'close') as Promise<[CloseEvent]>
  const opened = once(socket, 'open').then(
    () => true,
    () => false,
  )
  const isOpen = await Promise.race([opened, closed.then(() => false)])
  return { socket, isOpen, messages, closed: closed.then(([{ code, reason }]) => ({ code, reason })) }
}

t.test('a websocket opens with a token, and closes at the logout', async (t) => {
  const { url } = await startService(t)
  const [one, other] = [await register(node.baseUrl), await register(node.baseUrl)]
  const protocolsOf = (token: string) => ['notes.v1', `bearer.${token}`]
  let mine = await open(url, protocolsOf(one.access_token))
  // The service loads the revocations first.
  t.ok(await holds(async () => mine.isOpen || (mine = await open(url, protocolsOf(one.access_token))).isOpen))
  const theirs = await open(url, protocolsOf(other.access_token))
  t.ok(await holds(() => mine.messages.length > 0 && theirs.messages.length > 0))
  t.same([mine.messages, theirs.messages], [[one.user.id], [other.user.id]])
  await logout(one.refresh_token)
  t.same(await mine.closed, { code: 4401, reason: 'token_revoked' })
  t.equal(theirs.socket.readyState, WebSocket.OPEN)
  t.notOk((await open(url, protocolsOf(one.access_token))).isOpen)
  t.notOk((await open(url, ['notes.v1'])).isOpen)
  theirs.socket.close()
  await theirs.closed
})

t.test('the token is never sent back and never logged, although the service says nothing of protocols', async (t) => {
  const { app, url, lines } = await startService(t)
  const { access_token: token } = await register(node.baseUrl)
  const answer: string[] = []
  app.websocketServer.on('headers', (headers) => answer.push(...headers))
  const offers = [
    [`bearer.${token}`, 'notes.v1'],
    ['notes.v1', `bearer.${token}`],
  ]
  for (const protocols of offers) {
    let connection = await open(url, protocols)
    t.ok(await holds(async () => connection.isOpen || (connection = await open(url, protocols)).isOpen))
    t.equal(connection.socket.protocol, 'notes.v1')
    connection.socket.close()
    await connection.closed
  }
  await open(url, ['notes.v1', `bearer.${token}x`])
  t.match(answer.join('\n'), /Sec-WebSocket-Protocol: notes\.v1/)
  t.notMatch(answer.join('\n'), token)
  t.ok(lines.some((line) => line.includes('connected')) && lines.some((line) => line.includes('refused')))
  t.notOk(lines.join('').includes(token.slice(0, -1)), 'no log line holds it')
})

t.test('a service that stops closes its websockets', async (t) => {
  const { app, url } = await startService(t)
  const { access_token: token } = await register(node.baseUrl)
  const protocols = ['notes.v1', `bearer.${token}`]
  let connection = await open(url, protocols)
  t.ok(await holds(async () => connection.isOpen || (connection = await open(url, protocols)).isOpen))
  await app.close()
  t.match(await connection.closed, { code: 4401, reason: 'not_ready' })
})
