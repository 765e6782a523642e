/**
 * CORS, by the same list of origins as the CSRF gate. A listed origin may send credentials. The pages that links in mails lead to may
 * send the token of the link. Every other origin gets no CORS header.
 */
import cors from '@fastify/cors'
import type { SpaOrigin } from '../../config/setting-rules.ts'
import { isDirectAndLocal } from '../direct-request.ts'
import type { App } from '../server.ts'

/** How long a browser may keep the answer to a preflight, in seconds. Chromium keeps none for longer. */
const preflightMaxAgeSeconds = 7200

type Dependencies = {
  /** These may call every path, with credentials. */
  origins: readonly SpaOrigin[]
  /** Every origin may read these paths if the browser runs on this machine. None of them may change anything. */
  openTo: readonly string[]
  /** These origins may use these paths, without credentials. */
  pages: { readonly origins: readonly string[]; readonly paths: readonly string[] }
}

/** Call before the first route. */
export async function allowOrigins(app: App, { origins, openTo, pages }: Dependencies): Promise<void> {
  const listed = new Set(origins.map(({ origin }) => origin))
  await app.register(cors, {
    delegator: (request, callback) => {
      // An empty Origin header names no origin, and @fastify/cors would throw.
      const origin = request.headers.origin || undefined
      const path = (request.raw.url ?? '').split('?', 1)[0] ?? ''
      const isOpen = openTo.includes(path) && isDirectAndLocal(request)
      const withCredentials = origin !== undefined && (listed.has(origin) || isOpen)
      const without = origin !== undefined && pages.origins.includes(origin) && pages.paths.includes(path)
      callback(null, {
        origin: withCredentials || without ? origin : false,
        credentials: withCredentials,
        // An OPTIONS request without Access-Control-Request-Method is no preflight. It gets 405 like other unknown methods.
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
