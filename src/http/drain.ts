/**
 * Stopping without cutting anybody off: requests under way are answered, then every connection is closed. Left alone,
 * Node would wait for browsers that keep a connection open, or opened one and never sent a request.
 */
import type { FastifyInstance } from 'fastify'

/** Makes `app.close()` wait for the requests under way and for nothing else. */
export function drainOnClose(app: FastifyInstance): void {
  let underWay = 0
  let whenDrained: (() => void) | undefined

  app.addHook('onRequest', async (_request, reply) => {
    underWay++
    // Not onResponse: that is never called for a client that went away before its answer.
    reply.raw.once('close', () => {
      if (--underWay === 0) whenDrained?.()
    })
  })
  app.addHook('onSend', async (_request, reply) => {
    if (whenDrained) reply.header('connection', 'close')
  })
  app.addHook('preClose', async () => {
    await new Promise<void>((resolve) => {
      whenDrained = resolve
      if (underWay === 0) resolve()
    })
    app.server.closeAllConnections()
  })
}
