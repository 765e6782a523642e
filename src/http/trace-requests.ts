/** Makes a span for every request, and adds its trace id to the log lines. Only if the settings ask for traces. */
import type { Tracing } from '../observability/tracing.ts'
import type { App } from './server.ts'

/** Call it before the first route. */
export function traceRequests(app: App, tracing: Tracing): void {
  app.addHook('onRequest', (request, reply, done) => {
    const { method, headers } = request
    const span = tracing.beginRequest({ method, headers })
    request.log = request.log.child({ trace_id: span.traceId })
    // `close` also fires if the client leaves before its answer.
    reply.raw.once('close', () =>
      span.end({ route: request.routeOptions.url ?? 'unmatched', status: reply.statusCode }),
    )
    span.run(done)
  })
}
