/**
 * No request waits for ever: one that is not answered in time gets 503, whatever it waits for. One timer sees to all of
 * them. Fastify's `handlerTimeout` would make a timer and an abort signal for each, a fifth of what a request costs here.
 */
import type { FastifyInstance, FastifyReply } from 'fastify'
import { AppError } from '../errors.ts'

/** Answers in `overloaded` once this many milliseconds have passed, or up to a tenth more. */
export function limitHandling(app: FastifyInstance, milliseconds: number): void {
  // In the order they came in: behind the first that is in time, all are.
  const waiting = new Set<FastifyReply>()

  app.addHook('onRequest', (_request, reply, done) => {
    waiting.add(reply)
    // Also called for a client that goes away before its answer.
    reply.raw.once('close', () => waiting.delete(reply))
    done()
  })

  const look = setInterval(() => {
    for (const reply of waiting) {
      if (reply.elapsedTime < milliseconds) return
      waiting.delete(reply)
      giveUp(reply)
    }
  }, milliseconds / 10)
  look.unref()
  app.addHook('onClose', () => clearInterval(look))
}

function giveUp(reply: FastifyReply): void {
  if (reply.sent) return
  // Half an answer cannot be taken back; cut off, it is not mistaken for a whole one.
  if (reply.raw.headersSent) reply.raw.destroy()
  else void reply.send(new AppError('overloaded', { retryAfterSeconds: 1 }))
}
