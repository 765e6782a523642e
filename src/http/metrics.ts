/** GET /metrics in Prometheus' text format: what an operator watches. Read when asked, so that it costs nothing meanwhile. */
import { Gauge, Registry } from 'prom-client'
import { z } from 'zod'
import type { App } from './server.ts'

export type Metric = {
  /** With the unit at its end, as Prometheus has it. */
  readonly name: string
  readonly help: string
  /** The value now; undefined where there is none. */
  readonly read: () => number | undefined
}

/** In a scope behind a service credential: how many people log in is nobody else's business. */
export function metricsRoute(app: App, metrics: readonly Metric[]): void {
  const registry = new Registry()
  for (const { name, help, read } of metrics) {
    const gauge = new Gauge({ name, help, registers: [registry] })
    Object.assign(gauge, { collect: () => gauge.set(read() ?? Number.NaN) })
  }

  app.route({
    method: 'GET',
    url: '/metrics',
    schema: {
      operationId: 'getMetrics',
      summary: 'Metrics, for Prometheus',
      tags: ['Operations'],
      security: [{ serviceCredential: [] }],
      response: { 200: { description: 'Text format.', content: { 'text/plain': { schema: z.string() } } } },
      'x-errors': ['invalid_client'],
    },
    handler: async (_request, reply) =>
      reply
        .type(registry.contentType)
        .serializer(String)
        .send(await registry.metrics()),
  })
}
