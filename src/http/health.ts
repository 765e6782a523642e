/** For load balancers and orchestrators: is the process alive, and should it get traffic? */
import { z } from 'zod'
import { AppError } from '../errors.ts'
import type { App } from './server.ts'

const health = z.strictObject({ status: z.literal('ok') }).meta({ id: 'Health' })

// A set of revocations older than this takes the node out of the balancer.
const staleAfterMs = 10_000
// Nodes whose clocks differ by more refuse each other's tokens.
const mostSkewMs = 5000

type Dependencies = {
  /** Rejects while the database does not answer. */
  database: () => Promise<unknown>
  /** How long ago this node last knew all revocations. */
  revocationsAgeMs: () => number
  /** Whether this node knows which keys sign and verify. */
  keysAreCurrent: () => boolean
  /** By how many milliseconds this machine's clock is off the database's. */
  clockSkewMs: () => number
}

export function healthRoutes(app: App, given: Dependencies): void {
  const { database, revocationsAgeMs, keysAreCurrent, clockSkewMs } = given
  // The node is not drained yet: a request sent here now may find nobody.
  const isStopping = () => app.closing.aborted
  const isBehind = () => revocationsAgeMs() > staleAfterMs || !keysAreCurrent() || clockSkewMs() > mostSkewMs

  app.route({
    method: 'GET',
    url: '/livez',
    config: { unlimited: true, shed: 'never' },
    schema: {
      operationId: 'livez',
      summary: 'Whether the process is alive',
      tags: ['Operations'],
      security: [],
      response: { 200: health },
      'x-errors': [],
    },
    handler: async () => ({ status: 'ok' as const }),
  })

  app.route({
    method: 'GET',
    url: '/readyz',
    config: { unlimited: true, shed: 'never' },
    schema: {
      operationId: 'readyz',
      summary: 'Whether this node should get traffic',
      tags: ['Operations'],
      security: [],
      response: { 200: health },
      'x-errors': ['database_unavailable', 'not_ready'],
    },
    handler: async () => {
      if (isStopping()) throw new AppError('not_ready', { retryAfterSeconds: 1 })
      await database().catch((cause) => {
        throw new AppError('database_unavailable', { cause, retryAfterSeconds: 1 })
      })
      if (isBehind()) throw new AppError('not_ready', { retryAfterSeconds: 1 })
      return { status: 'ok' as const }
    },
  })
}
