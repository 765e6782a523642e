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
const shortTurnMs = 0.1

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

/**
 * Stops listening as soon as no connection waits to be accepted, or after a moment. Another process has the same port, so the system gives
 * it the next connections. A connection that arrives between the last look and the close is reset, so the close follows a short turn.
 */
async function handOver(server: Server): Promise<void> {
  let accepted = 0
  const count = () => accepted++
  server.on('connection', count)
  const until = performance.now() + stillListensMs
  let before: number
  let from: number
  do {
    before = accepted
    await turn()
    from = performance.now()
    await turn()
  } while ((accepted > before || performance.now() - from > shortTurnMs) && performance.now() < until)
  // The method of http.Server would close the idle connections too.
  Server.prototype.close.call(server)
  server.off('connection', count)
}

type Moments = {
  /** For how long the server accepts requests as usual, in milliseconds. */
  readonly graceMs: number
  /** For how long connections stay open once the server does not listen any more, in milliseconds. */
  readonly lingerMs: number
  /** Whether other processes listen on the same port. Then the server stops listening first, and clients move to them. */
  readonly sharesPort: boolean
}

/** Makes `app.close()` wait for these moments and for the open requests, and for nothing else. */
export function drainOnClose(
  app: FastifyInstance,
  open: OpenRequests,
  { graceMs, lingerMs, sharesPort }: Moments,
): void {
  const closing = new AbortController()
  app.decorate('closing', closing.signal)

  app.addHook('onSend', (_request, reply, payload, next) => {
    if (closing.signal.aborted) reply.header('connection', 'close')
    next(null, payload)
  })
  app.addHook('preClose', async () => {
    // Answers close their connections from `abort` on, and their clients open others. None of these may arrive here.
    if (sharesPort) await handOver(app.server)
    closing.abort()
    if (graceMs > 0) await sleep(graceMs)
    if (!sharesPort) {
      await untilQuiet(app.server, open)
      // The method of http.Server would close the idle connections too.
      Server.prototype.close.call(app.server)
    }
    if (lingerMs > 0) await sleep(lingerMs)
    await open.whenNone()
    app.server.closeAllConnections()
  })
}
