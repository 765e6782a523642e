/** For load balancers and orchestrators: is the process alive, and should it get traffic? */
import { z } from 'zod'
import { AppError } from '../errors.ts'
import type { App } from './server.ts'

const health = z.strictObject({ status: z.literal('ok') }).meta({ id: 'Health' })

/** `ready` rejects while this node cannot serve. */
export function healthRoutes(app: App, { ready }: { ready: () => Promise<unknown> }): void {
  app.route({
    method: 'GET',
    url: '/livez',
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
    schema: {
      operationId: 'readyz',
      summary: 'Whether this node should get traffic',
      tags: ['Operations'],
      security: [],
      response: { 200: health },
      'x-errors': ['database_unavailable'],
    },
    handler: async () => {
      await ready().catch((cause) => {
        throw new AppError('database_unavailable', { cause, retryAfterSeconds: 1 })
      })
      return { status: 'ok' as const }
    },
  })
}
