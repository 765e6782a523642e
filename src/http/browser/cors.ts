/**
 * CORS from the same list as the gate: exact origins, with credentials. The pages that links in mails lead to may send what is in
 * the link; any other origin gets no header.
 */
import cors from '@fastify/cors'
import type { SpaOrigin } from '../../config/setting-rules.ts'
import type { App } from '../server.ts'

/** How long a browser may keep the answer to a preflight, in seconds; Chromium keeps none for longer. */
const preflightMaxAgeSeconds = 7200

type Allowed = {
  /** With credentials, everywhere. */
  origins: readonly SpaOrigin[]
  /** Paths that any origin may read: none of them may change anything. */
  openTo: readonly string[]
  /** An origin that may use these paths, without credentials. */
  pages?: { readonly origin: string; readonly paths: readonly string[] } | undefined
}

/** Call before the first route. */
export async function allowOrigins(app: App, { origins, openTo, pages }: Allowed): Promise<void> {
  const listed = new Set(origins.map(({ origin }) => origin))
  await app.register(cors, {
    delegator: (request, callback) => {
      // Empty, it names nobody, and @fastify/cors would throw.
      const origin = request.headers.origin || undefined
      const path = (request.raw.url ?? '').split('?', 1)[0] ?? ''
      const withCredentials = origin !== undefined && (listed.has(origin) || openTo.includes(path))
      const without = origin !== undefined && origin === pages?.origin && pages.paths.includes(path)
      callback(null, {
        origin: withCredentials || without ? origin : false,
        credentials: withCredentials,
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
