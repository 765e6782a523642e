/** GET /metrics in the text format of Prometheus: behind a service credential, or on a port of its own. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import { z } from 'zod'
import type { App } from '../http/server.ts'

type Expose = () => Promise<{ type: string; text: string }>

const metricsText = z.string().meta({
  examples: ['# TYPE countersign_logins_total counter\ncountersign_logins_total{outcome="succeeded"} 42\n'],
})

/** Register it in a scope behind a service credential: the numbers of logins are not public. */
export function metricsRoute(app: App, expose: Expose): void {
  app.route({
    method: 'GET',
    url: '/metrics',
    config: { unlimited: true, shed: 'never' },
    schema: {
      operationId: 'getMetrics',
      summary: 'Read the metrics, for Prometheus',
      description:
        'Only for services, because the numbers of logins are not public. `METRICS_PORT` serves them without a credential.',
      tags: ['Operations'],
      security: [{ serviceCredential: [] }],
      response: { 200: { description: 'Text format.', content: { 'text/plain': { schema: metricsText } } } },
      'x-errors': ['invalid_client'],
    },
    handler: async (_request, reply) => {
      const { type, text } = await expose()
      return reply.type(type).serializer(String).send(text)
    },
  })
}

/** Serves the metrics without a credential on a port of its own. Rejects if the port is taken. */
export async function listenForMetrics(expose: Expose, at: { host: string; port: number }) {
  const server = createServer({ requestTimeout: 5000, keepAliveTimeout: 72_000 }, (request, response) => {
    response.setHeader('cache-control', 'no-store')
    if (request.method !== 'GET' || request.url !== '/metrics') {
      response.writeHead(404).end()
      return
    }
    expose().then(
      ({ type, text }) => response.setHeader('content-type', type).end(text),
      () => response.writeHead(500).end(),
    )
  })
  server.listen(at.port, at.host)
  await once(server, 'listening')
  return {
    async close(): Promise<void> {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}
