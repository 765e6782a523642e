/**
 * Wires the edge: everything that happens to a request before and after its route, whichever route it is. This folder knows no
 * feature. Who is let through to a route is decided in guard/.
 */
import type { FastifyBaseLogger } from 'fastify'
import type { Config } from '../config/config.ts'
import { clientAddress } from '../limits/client-address.ts'
import type { Meters } from '../observability/meters.ts'
import type { Tracing } from '../observability/tracing.ts'
import { type AfterAnswer, createAfterAnswer } from './after-answer.ts'
import { limitConnectionsPerAddress } from './bounds/connections-per-address.ts'
import { limitRequests } from './bounds/request-limit.ts'
import { shedLoad, type Thresholds } from './bounds/shed-load.ts'
import { createAllowedOrigins } from './browser/allowed-origins.ts'
import { type Cookies, createCookies } from './browser/cookies.ts'
import { allowOrigins, corsHeadersBy } from './browser/cors.ts'
import { type CsrfGate, createCsrfGate } from './browser/csrf.ts'
import { doctorPath } from './browser/doctor.ts'
import { createReportRefusedOrigin } from './browser/refused-origins.ts'
import { createTokenTransport, type TokenTransport } from './browser/token-transport.ts'
import type { NotFoundPage } from './errors/error-handler.ts'
import { watchMethods } from './method-not-allowed.ts'
import { documentApi } from './openapi.ts'
import { type App, createServer } from './server.ts'
import { timeRequests } from './time-requests.ts'
import { traceRequests } from './trace-requests.ts'

// The pages of the operator's app send the token of a link to these paths, and no cookie.
const linkPaths = [
  '/auth/email/verify',
  '/auth/password/reset',
  '/auth/login/email/inspect',
  '/auth/login/email/approve',
]

/** The origins of the pages that links in mails may lead to, besides those of this server. An app with a scheme of its own has none. */
const originsOfLinks = ({ appUrl, linkTargets }: Pick<Config, 'appUrl' | 'linkTargets'>): readonly string[] =>
  [...(appUrl === undefined ? [] : [appUrl]), ...linkTargets]
    .filter((target) => /^https?:/.test(target))
    .map((target) => new URL(target).origin)

type Dependencies = {
  config: Config
  logger: FastifyBaseLogger | undefined
  meters: Meters
  tracing: Tracing | undefined
  /** Above these, the process refuses some requests. */
  thresholds: Thresholds | undefined
  notFoundPage: NotFoundPage
}

export type Edge = {
  /** A server without routes. */
  readonly app: App
  readonly cookies: Cookies
  readonly gate: CsrfGate
  readonly transport: TokenTransport
  readonly afterAnswer: AfterAnswer
  /** Call it after the last route: it adds 405 for every other method of a known path. */
  readonly refuseOtherMethods: () => void
}

export async function createEdge({
  config,
  logger,
  meters,
  tracing,
  thresholds,
  notFoundPage,
}: Dependencies): Promise<Edge> {
  const { publicUrl, publicPath, spaOrigins, production, trustedProxies } = config
  // The reference page and the pages of links are pages of this server.
  const own = { origin: new URL(publicUrl).origin, crossSite: false, bearerOnly: false }
  const allowed = createAllowedOrigins([...spaOrigins, own])
  const app = await createServer({
    logger,
    trustedProxies,
    logsAddresses: config.logAddresses,
    publicPath,
    graceMs: config.shutdownGraceSeconds * 1000,
    // In development nothing stands in front of the server.
    sharesPort: config.reusePort,
    lingerMs: config.production ? 500 : 0,
    hsts: config.hsts,
    corsHeaders: corsHeadersBy(allowed),
    notFoundPage,
  })
  limitConnectionsPerAddress(app, { most: config.connectionsPerAddress, trustedProxies })
  const refuseOtherMethods = watchMethods(app)
  const afterAnswer = createAfterAnswer(app)
  const pages = { origins: originsOfLinks(config), paths: linkPaths }
  const cookies = createCookies({ publicUrl, sameSite: config.cookieSameSite, accessDomain: config.cookieDomain })
  app.addHook('onRequest', (_request, reply, done) => {
    cookies.heal(reply)
    done()
  })
  const gate = createCsrfGate(allowed)
  const onRefused = createReportRefusedOrigin({ log: app.log, meters, production, spaOrigins })
  const openTo = production ? [] : [doctorPath]
  await allowOrigins(app, { allowed, moreHeaders: config.corsHeaders, onRefused, openTo, pages })
  if (tracing) traceRequests(app, tracing)
  timeRequests(app, meters)
  await shedLoad(app, thresholds)
  if (config.rates.requests) await limitRequests(app, { rate: config.rates.requests, addressOf: clientAddress })
  if (config.docs) await documentApi(app, { publicUrl })
  return { app, cookies, gate, transport: createTokenTransport({ cookies, gate }), afterAnswer, refuseOtherMethods }
}
