/** How long requests take, by the route's pattern: never by an address, of which strangers could make any number. */
import type { Meters } from '../observability/meters.ts'
import type { App } from './server.ts'

/** Call before the first route. Requests to addresses without a route count as one route. */
export function timeRequests(app: App, meters: Meters): void {
  const observe = meters.timer({
    name: 'countersign_http_request_duration_seconds',
    help: 'Requests by method, route and status; its count is their number.',
    labels: ['method', 'route', 'status'],
  })
  app.addHook('onResponse', (request, reply, done) => {
    const { method, routeOptions } = request
    observe({ method, route: routeOptions.url ?? 'unmatched', status: reply.statusCode }, reply.elapsedTime / 1000)
    done()
  })
}
