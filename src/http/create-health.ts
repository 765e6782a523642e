/** Wires the health checks of a node. */
import type { FastifyRequest } from 'fastify'
import { healthRoutes } from './health.ts'
import { createReadiness } from './readiness.ts'
import type { App } from './server.ts'

type Dependencies = {
  app: App
  /** Rejects if the database does not take writes. */
  requireDatabase: () => Promise<unknown>
  revocations: { ageMs(): number }
  keyRing: { readonly isCurrent: boolean }
  clockSkewMs: () => number
  /** Whether the request has the credential of a service. */
  isOperator: (request: FastifyRequest) => Promise<boolean>
}

/** Adds the routes of the health checks. `app.readiness` is there for whoever starts or stops the node. */
export function createHealth(dependencies: Dependencies): void {
  const { app, requireDatabase, revocations, keyRing, clockSkewMs, isOperator } = dependencies
  const readiness = createReadiness({
    isStopping: () => app.closing.aborted,
    database: requireDatabase,
    revocationsAgeMs: () => revocations.ageMs(),
    keysAreCurrent: () => keyRing.isCurrent,
    clockSkewMs,
    log: app.log,
  })
  app.addHook('onClose', async () => readiness.stop())
  app.decorate('readiness', readiness)
  healthRoutes(app, { readiness, isOperator })
}
