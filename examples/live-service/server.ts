/**
 * `npm run example:live`: a service at http://localhost:4001 whose connections stay open. `/live` is a websocket, and `/events` sends
 * server-sent events. Both take a Bearer token, or the cookie of a page of SPA_ORIGIN. Both end when the user signs out.
 */
import { addAbortListener } from 'node:events'
import { Readable } from 'node:stream'
import { setInterval as every } from 'node:timers/promises'
import { countersign, principalOf } from '@countersign/verify/fastify'
import cors from '@fastify/cors'
import websocket from '@fastify/websocket'
import Fastify from 'fastify'

const { AUTH_URL = 'http://localhost:3000', SERVICE_CREDENTIAL, SPA_ORIGIN, PORT = '4001' } = process.env
const [id, secret] = SERVICE_CREDENTIAL?.split(':') ?? []
if (!id || !secret) throw new Error('Set SERVICE_CREDENTIAL. Without it, the service learns of no logout.')
const spaOrigins = SPA_ORIGIN ? [SPA_ORIGIN] : []

const app = Fastify({ logger: { level: 'warn' } })
// A page of another origin could send the cookie with its request, but must not read the events.
await app.register(cors, { origin: spaOrigins, credentials: true })
await app.register(countersign, { issuer: AUTH_URL, revocations: { id, secret }, spaOrigins })
await app.register(websocket, {
  options: { maxPayload: 4096, handleProtocols: (offered) => offered.has('clock.v1') && 'clock.v1' },
})

/** The time, every second, until the signal aborts. The last event says why. */
async function* clock(signal: AbortSignal): AsyncGenerator<string> {
  yield 'event: open\ndata:\n\n'
  try {
    for await (const _ of every(1000, undefined, { signal })) yield `data: ${new Date().toISOString()}\n\n`
  } catch {
    yield `event: end\ndata: ${signal.reason.code}\n\n`
  }
}

await app.register(async (scope) => {
  scope.addHook('onRequest', scope.authenticate())

  scope.get('/live', { websocket: true }, (socket, request) => {
    const signal = scope.signalFor(principalOf(request), socket)
    addAbortListener(signal, () => socket.close(4401, signal.reason.code))
    socket.on('message', (data, binary) => {
      // Messages arrive until the client has answered the close.
      if (!signal.aborted) socket.send(data, { binary })
    })
  })

  scope.get('/events', (request, reply) => {
    const signal = scope.signalFor(principalOf(request), reply.raw)
    return reply.type('text/event-stream').send(Readable.from(clock(signal)))
  })
})

console.log(`Connections at ${await app.listen({ port: Number(PORT) })}, tokens of ${AUTH_URL}`)
