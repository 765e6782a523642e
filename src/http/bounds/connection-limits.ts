/** How many connections there may be, and what one may ask for: nobody's share of the memory grows by being rude. */
import type { IncomingMessage, RequestListener } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'

/** Those that send nothing, or too slowly, are closed within ten seconds; those between two requests may stay a while. */
const mostConnections = 10_000
/** Requests on one connection that wait for their answers. Browsers and proxies send one at a time. */
const mostUnanswered = 16

/**
 * For `listen`: connections that may wait to be accepted, where the system allows as many. Node's own 511 are few when a crowd
 * comes back at once: the others are told nothing, and try again after seconds.
 */
export const backlog = 4096

/** Closes connections that ask for more than they read, and idle ones where there is no room for a new one. */
export function limitConnections(app: FastifyInstance): void {
  const { server } = app
  server.maxConnections = mostConnections
  // Whoever holds a place asks for something now, or gives it up.
  server.on('drop', () => server.closeIdleConnections())

  // In front of Fastify: Node begins with every request that a packet holds, two thousand of them, before any is answered.
  // RFC 9112 §9.3.2: a client that pipelines has to expect this, and repeats what was not answered.
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
