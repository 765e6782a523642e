/**
 * Stopping without cutting anybody off: requests under way are answered, then every connection is closed. Left alone,
 * Node would wait for browsers that keep a connection open, or opened one and never sent a request.
 *
 * Meanwhile /readyz says that the node is going, and new connections are still taken: for the balancer to see it, and for
 * what it had already sent this way. Not for longer than a moment, or a busy node would never come to its end.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import type { OpenRequests } from './bounds/open-requests.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Aborted when the server begins to stop: for requests that wait for something and had better be answered now. */
    readonly closing: AbortSignal
  }
}

const stillListensMs = 3000

/** Makes `app.close()` wait for `graceMs`, for the requests under way, and for nothing else. */
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
