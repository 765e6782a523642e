/** Measures requests by the pattern of the route. Clients can invent any number of URLs, so a URL is never a label. */
import type { Meters } from '../observability/meters.ts'
import type { App } from './server.ts'

/** Call it before the first route. All requests without a route count as one route. */
export function timeRequests(app: App, meters: Meters): void {
  const observe = meters.timer({
    name: 'countersign_http_request_duration_seconds',
    help: 'The duration of requests by method, route and status.',
    labels: ['method', 'route', 'status'],
  })
  app.addHook('onResponse', (request, reply, done) => {
    const { method, routeOptions } = request
    observe({ method, route: routeOptions.url ?? 'unmatched', status: reply.statusCode }, reply.elapsedTime / 1000)
    done()
  })
}
