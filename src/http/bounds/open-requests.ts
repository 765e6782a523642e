/** The requests that a server has begun and not ended. One listener on each, for all who count them or bound their time. */
import type { FastifyInstance, FastifyReply } from 'fastify'

declare module 'fastify' {
  interface FastifyInstance {
    /** Requests that have not been answered yet. */
    readonly requestsUnderWay: () => number
  }
}

export type OpenRequests = {
  /** In the order they came in, until the client has its answer or is gone. */
  readonly replies: ReadonlySet<FastifyReply>
  /** Those whose whole answer waits for its client to take it, in that order, and since when by `performance.now()`. */
  readonly handedOver: ReadonlyMap<FastifyReply, number>
  /** Resolves as soon as there is none. To be called once. */
  readonly whenNone: () => Promise<void>
}

/** Call before any hook that may answer. */
export function trackRequests(app: FastifyInstance): OpenRequests {
  const replies = new Set<FastifyReply>()
  const handedOver = new Map<FastifyReply, number>()
  let none: (() => void) | undefined

  app.addHook('onRequest', (_request, reply, done) => {
    replies.add(reply)
    // Not onResponse: that is never called for a client that went away before its answer.
    reply.raw.once('close', () => {
      replies.delete(reply)
      handedOver.delete(reply)
      if (replies.size === 0) none?.()
    })
    done()
  })
  app.addHook('onSend', (_request, reply, payload, done) => {
    if (typeof payload === 'string' || Buffer.isBuffer(payload)) handedOver.set(reply, performance.now())
    done(null, payload)
  })
  app.decorate('requestsUnderWay', () => replies.size)
  const whenNone = () =>
    new Promise<void>((resolve) => {
      none = resolve
      if (replies.size === 0) resolve()
    })
  return { replies, handedOver, whenNone }
}
