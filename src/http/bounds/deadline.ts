/**
 * No request waits for ever. A request that is not answered in time gets 503. A client that does not read its answer is
 * disconnected. One timer serves all requests: Fastify's `handlerTimeout` would make a timer and an abort signal for each, which
 * is a fifth of the cost of a request here.
 */
import type { FastifyInstance, FastifyReply } from 'fastify'
import { AppError } from '../../errors.ts'
import type { OpenRequests } from './open-requests.ts'

type Times = {
  /** The server must answer within this time, in milliseconds. */
  readonly answerMs: number
  /** The client must then read the answer within this time, in milliseconds. */
  readonly takeMs: number
}

/** Answers with `overloaded` (503) after `answerMs`, or up to a tenth later. */
export function limitHandling(app: FastifyInstance, open: OpenRequests, { answerMs, takeMs }: Times): void {
  const look = setInterval(() => {
    // The requests are in order of arrival, so all after the first one in time are in time too.
    for (const reply of open.replies) {
      if (reply.elapsedTime < answerMs) break
      giveUp(reply)
    }
    const now = performance.now()
    for (const [reply, since] of open.handedOver) {
      if (now - since < takeMs) break
      reply.raw.destroy()
    }
  }, answerMs / 10)
  look.unref()
  app.addHook('onClose', () => clearInterval(look))
}

function giveUp(reply: FastifyReply): void {
  if (reply.sent) return
  // Part of the answer has left already. The connection is cut, so that the client does not take the part for the whole.
  if (reply.raw.headersSent) reply.raw.destroy()
  else void reply.send(new AppError('overloaded', { retryAfterSeconds: 1 }))
}
