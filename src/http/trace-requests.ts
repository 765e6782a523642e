/** A span for every request, and its trace in the lines that it logs. Only where traces are asked for. */
import type { Tracing } from '../observability/tracing.ts'
import type { App } from './server.ts'

/** Call before the first route. */
export function traceRequests(app: App, tracing: Tracing): void {
  app.addHook('onRequest', (request, reply, done) => {
    const { method, headers } = request
    const span = tracing.beginRequest({ method, headers })
    request.log = request.log.child({ trace_id: span.traceId })
    // Also where the client has gone away before its answer.
    reply.raw.once('close', () =>
      span.end({ route: request.routeOptions.url ?? 'unmatched', status: reply.statusCode }),
    )
    span.run(done)
  })
}
