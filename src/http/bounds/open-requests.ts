/** The open requests of a server. One listener on each request serves all that count requests or bound their time. */
import type { FastifyInstance, FastifyReply } from 'fastify'

declare module 'fastify' {
  interface FastifyInstance {
    /** The number of requests that are not answered yet. */
    readonly requestsUnderWay: () => number
  }
}

export type OpenRequests = {
  /** In order of arrival, until the client has its answer or has gone. */
  readonly replies: ReadonlySet<FastifyReply>
  /** The requests whose answer waits for the client to read it, and the time by `performance.now()` since when it waits. */
  readonly handedOver: ReadonlyMap<FastifyReply, number>
  /** Resolves when no request is open. Call it once. */
  readonly whenNone: () => Promise<void>
}

/** Call before any hook that may answer. */
export function trackRequests(app: FastifyInstance): OpenRequests {
  const replies = new Set<FastifyReply>()
  const handedOver = new Map<FastifyReply, number>()
  let none: (() => void) | undefined

  app.addHook('onRequest', (_request, reply, done) => {
    replies.add(reply)
    // Fastify does not call onResponse for a client that left before its answer.
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
