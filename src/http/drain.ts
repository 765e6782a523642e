/**
 * Stops the server without losing a request: it answers the open requests, and then closes every connection. Node alone would wait for
 * browsers that keep an idle connection.
 *
 * Meanwhile /readyz answers that the node is stopping, and the server still accepts connections for a moment: the load balancer must
 * notice first, and has sent requests already. The moment is short, or a busy node would never stop.
 *
 * A proxy such as nginx learns that a node has gone when it cannot connect. It may then send requests on connections that it kept, and would
 * not repeat a POST. So those connections stay open for another moment after the server stopped listening. Each answer closes one of them.
 */
import { Server } from 'node:net'
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import type { OpenRequests } from './bounds/open-requests.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Aborted when the server begins to stop. Requests that wait for something should then answer at once. */
    readonly closing: AbortSignal
  }
}

const stillListensMs = 3000

/**
 * Resolves when no request is open and no connection waits to be accepted, or after a moment. The system would reset connections that
 * nobody accepted. Node accepts one connection in each turn of the event loop, so a turn without one means that none waits.
 */
async function untilQuiet(server: Server, open: OpenRequests): Promise<void> {
  let accepted = 0
  const count = () => accepted++
  server.on('connection', count)
  const until = performance.now() + stillListensMs
  let before: number
  do {
    await Promise.race([open.whenNone(), sleep(until - performance.now(), undefined, { ref: false })])
    before = accepted
    await turn()
    await turn()
  } while ((accepted > before || open.replies.size > 0) && performance.now() < until)
  server.off('connection', count)
}

type Moments = {
  /** For how long the server accepts requests as usual, in milliseconds. */
  readonly graceMs: number
  /** For how long connections stay open once the server does not listen any more, in milliseconds. */
  readonly lingerMs: number
}

/** Makes `app.close()` wait for these moments and for the open requests, and for nothing else. */
export function drainOnClose(app: FastifyInstance, open: OpenRequests, { graceMs, lingerMs }: Moments): void {
  const closing = new AbortController()
  app.decorate('closing', closing.signal)

  app.addHook('onSend', (_request, reply, payload, next) => {
    if (closing.signal.aborted) reply.header('connection', 'close')
    next(null, payload)
  })
  app.addHook('preClose', async () => {
    closing.abort()
    if (graceMs > 0) await sleep(graceMs)
    await untilQuiet(app.server, open)
    // The method of http.Server would close the idle connections too.
    Server.prototype.close.call(app.server)
    if (lingerMs > 0) await sleep(lingerMs)
    await open.whenNone()
    app.server.closeAllConnections()
  })
}
