/** For load balancers and orchestrators: is the process alive, and should it get traffic? */
import { z } from 'zod'
import { AppError } from '../errors.ts'
import type { App } from './server.ts'

const health = z.strictObject({ status: z.literal('ok') }).meta({ id: 'Health' })

// A set of revocations older than this takes the node out of the balancer.
const staleAfterMs = 10_000

type Given = {
  /** Rejects while the database does not answer. */
  database: () => Promise<unknown>
  /** How long ago this node last knew all revocations. */
  revocationsAgeMs: () => number
  /** Whether this node knows which keys sign and verify. */
  keysAreCurrent: () => boolean
}

export function healthRoutes(app: App, { database, revocationsAgeMs, keysAreCurrent }: Given): void {
  app.route({
    method: 'GET',
    url: '/livez',
    config: { unlimited: true },
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
    config: { unlimited: true },
    schema: {
      operationId: 'readyz',
      summary: 'Whether this node should get traffic',
      tags: ['Operations'],
      security: [],
      response: { 200: health },
      'x-errors': ['database_unavailable', 'not_ready'],
    },
    handler: async () => {
      await database().catch((cause) => {
        throw new AppError('database_unavailable', { cause, retryAfterSeconds: 1 })
      })
      if (revocationsAgeMs() > staleAfterMs || !keysAreCurrent())
        throw new AppError('not_ready', { retryAfterSeconds: 1 })
      return { status: 'ok' as const }
    },
  })
}
