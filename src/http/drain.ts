/**
 * Stops the server without losing a request: it answers the open requests, and then closes every connection. Node alone would wait for
 * browsers that keep an idle connection.
 *
 * Meanwhile /readyz answers that the node is stopping, and the server still accepts connections for a moment: the load balancer must
 * notice first, and has sent requests already. The moment is short, or a busy node would never stop.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import type { OpenRequests } from './bounds/open-requests.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Aborted when the server begins to stop. Requests that wait for something should then answer at once. */
    readonly closing: AbortSignal
  }
}

const stillListensMs = 3000

/** Makes `app.close()` wait for `graceMs` milliseconds and for the open requests, and for nothing else. */
export function drainOnClose(app: FastifyInstance, open: OpenRequests, { graceMs }: { graceMs: number }): void {
  const closing = new AbortController()
  app.decorate('closing', closing.signal)

  app.addHook('onSend', (_request, reply, payload, next) => {
    if (closing.signal.aborted) reply.header('connection', 'close')
    next(null, payload)
  })
  app.addHook('preClose', async () => {
    closing.abort()
    if (graceMs > 0) await sleep(graceMs)
    const stopListening = setTimeout(() => app.server.close(), stillListensMs)
    await open.whenNone()
    clearTimeout(stopListening)
    app.server.closeAllConnections()
  })
}
