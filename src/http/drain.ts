/**
 * Stopping without cutting anybody off: requests under way are answered, then every connection is closed. Left alone,
 * Node would wait for browsers that keep a connection open, or opened one and never sent a request.
 */
import type { FastifyInstance } from 'fastify'

declare module 'fastify' {
  interface FastifyInstance {
    /** Aborted when the server begins to stop: for requests that wait for something and had better be answered now. */
    readonly closing: AbortSignal
  }
}

/** Makes `app.close()` wait for the requests under way and for nothing else. */
export function drainOnClose(app: FastifyInstance): void {
  const closing = new AbortController()
  app.decorate('closing', closing.signal)
  let underWay = 0
  let whenDrained: (() => void) | undefined

  app.addHook('onRequest', (_request, reply, next) => {
    underWay++
    // Not onResponse: that is never called for a client that went away before its answer.
    reply.raw.once('close', () => {
      if (--underWay === 0) whenDrained?.()
    })
    next()
  })
  app.addHook('onSend', (_request, reply, payload, next) => {
    if (whenDrained) reply.header('connection', 'close')
    next(null, payload)
  })
  app.addHook('preClose', async () => {
    closing.abort()
    await new Promise<void>((resolve) => {
      whenDrained = resolve
      if (underWay === 0) resolve()
    })
    app.server.closeAllConnections()
  })
}
