/** GET /metrics in Prometheus' text format: what an operator watches. Read when asked, so that it costs nothing meanwhile. */
import type { Registry } from 'prom-client'
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
  let registry: Promise<Registry> | undefined

  app.route({
    method: 'GET',
    url: '/metrics',
    config: { unlimited: true },
    schema: {
      operationId: 'getMetrics',
      summary: 'Metrics, for Prometheus',
      tags: ['Operations'],
      security: [{ serviceCredential: [] }],
      response: { 200: { description: 'Text format.', content: { 'text/plain': { schema: z.string() } } } },
      'x-errors': ['invalid_client'],
    },
    handler: async (_request, reply) => {
      registry ??= createRegistry(metrics)
      const all = await registry
      return reply
        .type(all.contentType)
        .serializer(String)
        .send(await all.metrics())
    },
  })
}

/** The library is loaded by the first who asks: it takes 20 MB, and most servers on a laptop are never asked. */
async function createRegistry(metrics: readonly Metric[]): Promise<Registry> {
  const { Gauge, Registry: PromRegistry } = await import('prom-client')
  const registry = new PromRegistry()
  for (const { name, help, read } of metrics) {
    const gauge = new Gauge({ name, help, registers: [registry] })
    Object.assign(gauge, { collect: () => gauge.set(read() ?? Number.NaN) })
  }
  return registry
}
