/**
 * CORS, by the same list of origins as the CSRF gate. A listed origin may send credentials, unless it is for bearer mode alone. The pages
 * that links in mails lead to may send the token of the link. Every page may read the public keys and the metadata. Every other origin
 * gets no CORS header.
 */
import cors from '@fastify/cors'
import { isDirectAndLocal } from '../direct-request.ts'
import type { CorsHeaders } from '../errors/client-error.ts'
import type { App } from '../server.ts'
import type { AllowedOrigins } from './allowed-origins.ts'
import type { ReportRefusedOrigin } from './refused-origins.ts'

// A service that takes its routes from here may have PUT too.
const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']
const ownHeaders = ['authorization', 'content-type', 'x-auth-mode', 'x-request-id', 'x-requested-with']
// Tracing in a browser adds these to every request, and without them each request would fail: W3C Trace Context, Baggage, Sentry.
const tracingHeaders = ['baggage', 'sentry-trace', 'traceparent', 'tracestate']
/** Keys and metadata are public (RFC 8414 §3, RFC 8615). A program in any page may verify tokens. */
const publicPaths = '/.well-known/'

/** How long a browser may keep the answer to a preflight, in seconds. Chromium keeps none for longer. */
const preflightMaxAgeSeconds = 7200

type Dependencies = {
  /** These may call every path. */
  allowed: AllowedOrigins
  /** They may send these headers too, in lower case. */
  moreHeaders: readonly string[]
  onRefused: ReportRefusedOrigin
  /** Every origin may read these paths if the browser runs on this machine. None of them may change anything. */
  openTo: readonly string[]
  /** These origins may use these paths, without credentials. */
  pages: { readonly origins: readonly string[]; readonly paths: readonly string[] }
}

/** Call before the first route. */
export async function allowOrigins(
  app: App,
  { allowed, moreHeaders, onRefused, openTo, pages }: Dependencies,
): Promise<void> {
  const allowedHeaders = [...new Set([...ownHeaders, ...tracingHeaders, ...moreHeaders])]
  await app.register(cors, {
    delegator: (request, callback) => {
      // An empty Origin header names no origin, and @fastify/cors would throw.
      const origin = request.headers.origin || undefined
      const path = (request.raw.url ?? '').split('?', 1)[0] ?? ''
      const isOpen = openTo.includes(path) && isDirectAndLocal(request)
      const entry = allowed.find(origin)
      const withCredentials = origin !== undefined && (entry?.bearerOnly === false || isOpen)
      const isPage = origin !== undefined && pages.origins.includes(origin) && pages.paths.includes(path)
      const mayRead = withCredentials || entry !== undefined || isPage
      const isPublic = path.startsWith(publicPaths)
      if (origin !== undefined && !mayRead && !isPublic) onRefused(origin)
      callback(null, {
        origin: mayRead && origin !== undefined ? origin : isPublic && '*',
        credentials: withCredentials,
        // An OPTIONS request without Access-Control-Request-Method is no preflight. It gets 405 like other unknown methods.
        strictPreflight: false,
        methods,
        allowedHeaders,
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

/** The CORS headers of an answer that is sent without the plugin, for a page of this origin. */
export const corsHeadersBy =
  (allowed: AllowedOrigins): CorsHeaders =>
  (origin) => {
    const entry = allowed.find(origin)
    if (!entry) return {}
    const credentials = entry.bearerOnly ? {} : { 'Access-Control-Allow-Credentials': 'true' }
    return { 'Access-Control-Allow-Origin': origin, Vary: 'Origin', ...credentials }
  }
