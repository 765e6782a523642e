/** GET /metrics in the text format of Prometheus: behind a service credential, or on a port of its own, where the reasons of /readyz are too. */
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

type OwnPort = {
  readonly expose: Expose
  /** Why this node is not ready. */
  readonly check: () => Promise<{ reasons: readonly object[] }>
}

/** Serves the metrics, and /readyz with its reasons, without a credential on a port of its own. Rejects if the port is taken. */
export async function listenForMetrics({ expose, check }: OwnPort, at: { host: string; port: number }) {
  const answers: Record<string, () => Promise<{ status: number; type: string; text: string }>> = {
    '/metrics': async () => ({ status: 200, ...(await expose()) }),
    '/readyz': async () => {
      const { reasons } = await check()
      const isReady = reasons.length === 0
      const text = JSON.stringify({ status: isReady ? 'ok' : 'not_ready', reasons })
      return { status: isReady ? 200 : 503, type: 'application/json', text }
    },
  }
  const server = createServer({ requestTimeout: 5000, keepAliveTimeout: 72_000 }, (request, response) => {
    response.setHeader('cache-control', 'no-store')
    const answer = request.method === 'GET' ? answers[request.url ?? ''] : undefined
    if (!answer) {
      response.writeHead(404).end()
      return
    }
    answer().then(
      ({ status, type, text }) => response.writeHead(status, { 'content-type': type }).end(text),
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
