/** Bounds the number of connections, and the requests on each. No client can take more memory than its share. */
import type { IncomingMessage, RequestListener } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'

/** Connections that send nothing, or send too slowly, are closed within ten seconds. Idle ones between requests stay longer. */
const mostConnections = 10_000
/** Unanswered requests on one connection. Browsers and proxies send one at a time. */
const mostUnanswered = 16

/**
 * For `listen`: the number of connections that may wait to be accepted, if the system allows as many. Node's default of 511 is too
 * small when many clients reconnect at once. The others get no answer and try again only after seconds.
 */
export const backlog = 4096

/** Closes connections that send requests without reading the answers. If there is no room for a new connection, closes idle ones. */
export function limitConnections(app: FastifyInstance): void {
  const { server } = app
  server.maxConnections = mostConnections
  server.on('drop', () => server.closeIdleConnections())

  // This stands in front of Fastify, because Node starts all requests of a packet, up to two thousand, before any is answered.
  // A client that pipelines must expect this, and repeats the unanswered requests (RFC 9112 §9.3.2).
  const begin = server.listeners('request')[0] as RequestListener
  const unanswered = new WeakMap<Socket, number>()
  const change = ({ socket }: IncomingMessage, by: number) => {
    const count = (unanswered.get(socket) ?? 0) + by
    unanswered.set(socket, count)
    return count
  }
  server.off('request', begin).on('request', (request, response) => {
    if (request.socket.destroyed) return
    response.once('close', () => change(request, -1))
    if (change(request, 1) > mostUnanswered) request.socket.destroy()
    else begin(request, response)
  })
}
