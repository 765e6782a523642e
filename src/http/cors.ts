/** CORS from the same list as the gate: exact origins, with credentials; an origin that is not listed gets no header. */
import cors from '@fastify/cors'
import type { SpaOrigin } from '../setting-rules.ts'
import type { App } from './server.ts'

/** How long a browser may keep the answer to a preflight, in seconds; Chromium keeps none for longer. */
const preflightMaxAgeSeconds = 7200

/** Call before the first route. `openTo` names paths that any origin may read: none of them may change anything. */
export async function allowOrigins(app: App, origins: readonly SpaOrigin[], openTo: readonly string[]): Promise<void> {
  const listed = new Set(origins.map(({ origin }) => origin))
  await app.register(cors, {
    delegator: (request, callback) => {
      const { origin } = request.headers
      const path = (request.raw.url ?? '').split('?', 1)[0] ?? ''
      callback(null, {
        origin: origin !== undefined && (listed.has(origin) || openTo.includes(path)) ? origin : false,
        credentials: true,
        // An OPTIONS that is no preflight is a request like any other, and fails like one.
        strictPreflight: false,
        methods: ['GET', 'HEAD', 'POST', 'PATCH', 'DELETE'],
        allowedHeaders: ['authorization', 'content-type', 'x-auth-mode', 'x-request-id'],
        exposedHeaders: [
          'ratelimit-limit',
          'ratelimit-remaining',
          'ratelimit-reset',
          'retry-after',
          'www-authenticate',
          'x-request-id',
        ],
        maxAge: preflightMaxAgeSeconds,
      })
    },
  })
}
