/**
 * No request waits for ever: one that is not answered in time gets 503, whatever it waits for, and a client that does not take
 * its answer is cut off. One timer sees to all of them. Fastify's `handlerTimeout` would make a timer and an abort signal for
 * each, a fifth of what a request costs here.
 */
import type { FastifyInstance, FastifyReply } from 'fastify'
import { AppError } from '../../errors.ts'
import type { OpenRequests } from './open-requests.ts'

type Times = {
  /** Until the server's answer, in milliseconds. */
  readonly answerMs: number
  /** From then on, until the client has taken it. */
  readonly takeMs: number
}

/** Answers in `overloaded` once `answerMs` have passed, or up to a tenth more. */
export function limitHandling(app: FastifyInstance, open: OpenRequests, { answerMs, takeMs }: Times): void {
  const look = setInterval(() => {
    // Behind the first that is in time, all are.
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
  // Half an answer cannot be taken back; cut off, it is not mistaken for a whole one.
  if (reply.raw.headersSent) reply.raw.destroy()
  else void reply.send(new AppError('overloaded', { retryAfterSeconds: 1 }))
}
