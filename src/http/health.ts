/** Health checks for load balancers and orchestrators: whether the process is alive, and whether it should get traffic. */

import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { AppError } from '../errors.ts'
import type { Readiness, Reason } from './readiness.ts'
import type { App } from './server.ts'

const health = z.strictObject({ status: z.literal('ok') }).meta({ id: 'Health' })

type Dependencies = {
  readonly readiness: Readiness
  /** Whether the request has the credential of a service. Its answer says why the node is not ready. */
  readonly isOperator: (request: FastifyRequest) => Promise<boolean>
}

export function healthRoutes(app: App, { readiness, isOperator }: Dependencies): void {
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
        'Asks the database, and looks at the age of the revocations and keys of this node. A node that is stopping is not ready. ' +
        'With the credential of a service, `detail` says why a node is not ready.',
      tags: ['Operations'],
      security: [],
      response: { 200: health },
      'x-errors': ['database_unavailable', 'not_ready'],
    },
    handler: async (request) => {
      const { reasons, cause } = await readiness.check()
      if (reasons.length === 0) return { status: 'ok' as const }
      const code = reasons[0]?.reason === 'database' ? 'database_unavailable' : 'not_ready'
      const told = (await isOperator(request)) ? { detail: detailOf(reasons) } : {}
      throw new AppError(code, { retryAfterSeconds: 1, ...told, ...(cause === undefined ? {} : { cause }) })
    },
  })
}

const detailOf = (reasons: readonly Reason[]) =>
  `This node is not ready: ${reasons.map(({ text }) => text).join('; ')}.`
