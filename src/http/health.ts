/** Health checks for load balancers and orchestrators: whether the process is alive, and whether it should get traffic. */
import { z } from 'zod'
import { AppError } from '../errors.ts'
import type { App } from './server.ts'

const health = z.strictObject({ status: z.literal('ok') }).meta({ id: 'Health' })

// A node whose denylist is older than this is not ready.
const staleAfterMs = 10_000
// Nodes refuse each other's tokens if their clocks differ by more than this.
const mostSkewMs = 5000

type Dependencies = {
  /** Rejects if the database does not answer. */
  database: () => Promise<unknown>
  /** The time since this node last had all revocations, in milliseconds. */
  revocationsAgeMs: () => number
  /** Whether this node has the current signing keys. */
  keysAreCurrent: () => boolean
  /** The offset of this machine's clock from the database's, in milliseconds. */
  clockSkewMs: () => number
}

export function healthRoutes(app: App, dependencies: Dependencies): void {
  const { database, revocationsAgeMs, keysAreCurrent, clockSkewMs } = dependencies
  // A stopping node still answers, but a request that is sent to it now may come too late.
  const isStopping = () => app.closing.aborted
  const isBehind = () => revocationsAgeMs() > staleAfterMs || !keysAreCurrent() || clockSkewMs() > mostSkewMs

  app.route({
    method: 'GET',
    url: '/livez',
    config: { unlimited: true, shed: 'never' },
    schema: {
      operationId: 'livez',
      summary: 'Tell whether the process is alive',
      description: 'Reads nothing. Restart a process that does not answer.',
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
      summary: 'Tell whether this node should get traffic',
      description:
        'Asks the database, and looks at the age of the revocations and keys of this node. A node that is stopping is not ready.',
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
