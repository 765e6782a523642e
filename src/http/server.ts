/**
 * A Fastify server with nothing on it yet: the limits and defaults that an open network calls for, JSON only, one log
 * line a request, a request id everywhere, and nothing cached unless a route says so.
 */
import { randomUUID } from 'node:crypto'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import cookie from '@fastify/cookie'
import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify'
import { serializerCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod'
import { limitConnections } from './bounds/connection-limits.ts'
import { limitDatabaseTime } from './bounds/database-time.ts'
import { limitHandling } from './bounds/deadline.ts'
import { trackRequests } from './bounds/open-requests.ts'
import { drainOnClose } from './drain.ts'
import { onClientError } from './errors/client-error.ts'
import { handleErrors, onError } from './errors/error-handler.ts'
import { acceptJsonOnly } from './json-body.ts'
import { securityHeaders } from './security-headers.ts'
import { validate } from './validation.ts'

/** What routes are added to: zod schemas type their handlers. */
export type App = FastifyInstance<Server, IncomingMessage, ServerResponse, FastifyBaseLogger, ZodTypeProvider>

const arrivalMilliseconds = 7000

const limits = {
  bodyLimit: 16 * 1024,
  // Time for headers and body to arrive, in milliseconds; against clients that send a byte at a time. Less than
  // answerWithinMs, which would blame the server for the client's slowness.
  requestTimeout: arrivalMilliseconds,
  http: {
    // Node takes the shorter of this and requestTimeout for the headers, and the longer one, its default of 60 s, for all.
    headersTimeout: arrivalMilliseconds,
    // How often Node looks for requests past their time: it would be every 30 s.
    connectionsCheckingInterval: 500,
  },
  // A request under way, on whose socket nothing moves. More than a tenth over answerWithinMs, by when there is an answer.
  connectionTimeout: 10_000,
  // Between requests. Longer than a balancer keeps idle connections, so that the balancer closes first.
  keepAliveTimeout: 72_000,
}
const answerWithinMs = 9000
const takeWithinMs = 8000

const wellFormedId = /^[A-Za-z0-9._-]{1,64}$/

/** A request's own id where it is one that may stand in a log, else a new one. */
function requestId({ headers }: { headers: IncomingMessage['headers'] }): string {
  const given = headers['x-request-id']
  return typeof given === 'string' && wellFormedId.test(given) ? given : randomUUID()
}

type Dependencies = {
  /** Without one it keeps silent. */
  logger?: FastifyBaseLogger | undefined
  /** Whose word counts for where a request comes from; nobody's where it is left out. */
  trustedProxies?: readonly string[]
  /** How long it still takes connections once it is to stop. */
  graceMs?: number
}

/** The server. A client's address is the last one in its chain that is no trusted proxy's. */
export async function createServer({ logger, trustedProxies = [], graceMs = 0 }: Dependencies = {}): Promise<App> {
  const app: App = Fastify({
    ...limits,
    ...(logger ? { loggerInstance: logger } : {}),
    genReqId: requestId,
    trustProxy: trustedProxies.length > 0 ? [...trustedProxies] : false,
    logController: new LogController({ disableRequestLogging: true }),
    clientErrorHandler: onClientError,
    frameworkErrors: (error, request, reply) => void onError(error, request, reply),
    // What still arrives while stopping is answered, on a connection that then closes: see drain.ts.
    return503OnClosing: false,
    routerOptions: { maxParamLength: 128 },
  }).withTypeProvider<ZodTypeProvider>()

  // Node drops headers past the 2000th without a word, a second Authorization among them; their size is bounded anyway.
  app.server.maxHeadersCount = 0
  // Hooks of every request take `done`: a promise each is work that nobody waits for.
  app.addHook('onRequest', (request, reply, done) => {
    reply.headers(securityHeaders)
    reply.header('cache-control', 'no-store').header('x-request-id', request.id)
    done()
  })
  limitDatabaseTime(app)
  limitConnections(app)
  const open = trackRequests(app)
  drainOnClose(app, open, { graceMs })
  limitHandling(app, open, { answerMs: answerWithinMs, takeMs: takeWithinMs })
  app.addHook('onResponse', (request, reply, done) => {
    // The route's pattern, not the address: what a client puts in a query or a path stays out of the log.
    const { method, routeOptions } = request
    const ms = Math.round(reply.elapsedTime)
    request.log.info({ method, route: routeOptions.url ?? 'unmatched', status: reply.statusCode, ms }, 'request')
    done()
  })
  app.setValidatorCompiler(validate)
  app.setSerializerCompiler(serializerCompiler)
  acceptJsonOnly(app)
  handleErrors(app)
  await app.register(cookie)
  return app
}
