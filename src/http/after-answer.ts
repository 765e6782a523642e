/**
 * Work that goes on after the answer of its request, so that the time of the answer does not tell what the work was. A stopping
 * server waits for it.
 */
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import { AppError } from '../errors.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Resolves when no work after an answer is under way. */
    readonly afterAnswers: () => Promise<void>
  }
}

// Each may wait for a connection to the database.
const mostAtOnce = 50

/**
 * Starts the work when the request has been answered. Ends in `overloaded` (503) if too much is under way. A failure of the work is logged
 * as `failure`.
 */
export type AfterAnswer = (work: () => Promise<void>, failure: string) => void

/** Call it after `drainOnClose`, because the last requests may start work. */
export function createAfterAnswer(app: FastifyInstance): AfterAnswer {
  const underWay = new Set<Promise<void>>()

  async function afterAnswers(): Promise<void> {
    while (underWay.size > 0) await Promise.all(underWay)
  }

  app.decorate('afterAnswers', afterAnswers)
  app.addHook('preClose', afterAnswers)

  return function afterAnswer(work, failure) {
    if (underWay.size >= mostAtOnce) throw new AppError('overloaded', { retryAfterSeconds: 1 })
    const done = nextTurn()
      .then(work)
      .catch((error: unknown) => app.log.error({ err: error }, failure))
      .finally(() => underWay.delete(done))
    underWay.add(done)
  }
}
