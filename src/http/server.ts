/**
 * A Fastify server without routes. It has the limits that an open network calls for. It takes JSON bodies only, writes one log
 * line for each request, gives each request an id, and forbids caching unless a route allows it.
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import cookie from '@fastify/cookie'
import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify'
import { serializerCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod'
import { limitConnections } from './bounds/connection-limits.ts'
import { limitDatabaseTime } from './bounds/database-time.ts'
import { limitHandling } from './bounds/deadline.ts'
import { requireOneHost } from './bounds/one-host.ts'
import { trackRequests } from './bounds/open-requests.ts'
import { drainOnClose } from './drain.ts'
import { type CorsHeaders, createOnClientError } from './errors/client-error.ts'
import { handleErrors, type NotFoundPage, onError } from './errors/error-handler.ts'
import { acceptJsonOnly } from './json-body.ts'
import { logAddresses } from './log-addresses.ts'
import { createPathPrefix } from './path-prefix.ts'
import { warnOfProxies } from './proxy-warning.ts'
import { createRequestId, givenId } from './request-id.ts'
import { securityHeaders } from './security-headers.ts'
import { validate } from './validation.ts'

/** The server that routes are added to. Their zod schemas type their handlers. */
export type App = FastifyInstance<Server, IncomingMessage, ServerResponse, FastifyBaseLogger, ZodTypeProvider>

const arrivalMilliseconds = 7000

const limits = {
  bodyLimit: 16 * 1024,
  // Headers and body must arrive within this time, so that clients that send a byte at a time hold no connection. It is
  // shorter than answerWithinMs, so that a slow client gets 408 and not 503.
  requestTimeout: arrivalMilliseconds,
  http: {
    // Node bounds the headers by the shorter of this and requestTimeout, and the whole request by the longer one. The
    // default of 60 s would therefore bound the whole request.
    headersTimeout: arrivalMilliseconds,
    // Node looks for late requests at this interval. Its default is 30 s.
    connectionsCheckingInterval: 500,
  },
  // Node closes a socket on which nothing moves for so long. It is more than a tenth over answerWithinMs, so that a request
  // under way gets its answer first.
  connectionTimeout: 10_000,
  // A connection may be idle for so long between requests. It is longer than balancers keep idle connections, so that the
  // balancer closes first and loses no request.
  keepAliveTimeout: 72_000,
}
const answerWithinMs = 9000
const takeWithinMs = 8000

type Dependencies = {
  /** Without a logger the server logs nothing. */
  logger?: FastifyBaseLogger | undefined
  /** The server believes X-Forwarded-For and X-Request-Id from these proxies only. Without them it believes nobody. */
  trustedProxies?: readonly string[]
  /** Whether log lines have the address of the client. */
  logsAddresses?: boolean
  /** The path of PUBLIC_URL, such as `/id`. By default it has none. */
  publicPath?: string
  /** For how long a stopping server still accepts connections, in milliseconds. */
  graceMs?: number
  /** For how long connections stay open once a stopping server does not listen any more, in milliseconds. */
  lingerMs?: number
  /** Whether other processes listen on the same port. */
  sharesPort?: boolean
  /** The value of Strict-Transport-Security. Without it, the header is left out. */
  hsts?: string | undefined
  /** The CORS headers for a page of an origin, for requests that are refused before they are parsed. By default none. */
  corsHeaders?: CorsHeaders
  /** For browsers. Without it, they get the same answer as programs. */
  notFoundPage?: NotFoundPage
}

/** The server. The address of a client is the last one in X-Forwarded-For that is not a trusted proxy. */
export async function createServer(dependencies: Dependencies = {}): Promise<App> {
  const {
    logger,
    trustedProxies = [],
    logsAddresses = false,
    publicPath = '',
    graceMs = 0,
    lingerMs = 0,
    sharesPort = false,
    hsts,
    corsHeaders = () => ({}),
    notFoundPage,
  } = dependencies
  const prefix = createPathPrefix(publicPath)
  const app: App = Fastify({
    ...limits,
    ...(logger ? { loggerInstance: logger } : {}),
    genReqId: createRequestId(trustedProxies),
    trustProxy: trustedProxies.length > 0 ? [...trustedProxies] : false,
    logController: new LogController({ disableRequestLogging: true }),
    clientErrorHandler: createOnClientError(corsHeaders),
    rewriteUrl: ({ url = '/' }) => prefix.strip(url),
    frameworkErrors: (error, request, reply) => void onError(error, request, reply),
    // A stopping server answers what still arrives, and then closes the connection (drain.ts).
    return503OnClosing: false,
    routerOptions: { maxParamLength: 128 },
  }).withTypeProvider<ZodTypeProvider>()

  app.addHook('onRoute', ({ url }) => prefix.addRoute(url))
  // Node silently drops headers past the 2000th, and so could hide a second Authorization header. Their size is bounded anyway.
  app.server.maxHeadersCount = 0
  if (logsAddresses) logAddresses(app)
  warnOfProxies(app, { log: app.log, trustedProxies })
  const headers = securityHeaders(hsts)
  // Hooks of every request call `done`: an async hook would cost a promise for each request.
  app.addHook('onRequest', (request, reply, done) => {
    reply.headers(headers)
    reply.header('cache-control', 'no-store').header('x-request-id', request.id)
    done()
  })
  requireOneHost(app)
  limitDatabaseTime(app)
  limitConnections(app)
  const open = trackRequests(app)
  drainOnClose(app, open, { graceMs, lingerMs, sharesPort })
  limitHandling(app, open, { answerMs: answerWithinMs, takeMs: takeWithinMs })
  app.addHook('onResponse', (request, reply, done) => {
    // The log gets the pattern of the route and not the URL, so that secrets in a path or a query stay out of it.
    const { method, routeOptions } = request
    const ms = Math.round(reply.elapsedTime)
    const given = givenId(request.headers)
    const theirs = given === undefined || given === request.id ? {} : { givenId: given }
    const about = { method, route: routeOptions.url ?? 'unmatched', status: reply.statusCode, ms, ...theirs }
    request.log.info(about, 'request')
    done()
  })
  app.setValidatorCompiler(validate)
  app.setSerializerCompiler(serializerCompiler)
  acceptJsonOnly(app)
  handleErrors(app, notFoundPage)
  await app.register(cookie)
  return app
}
