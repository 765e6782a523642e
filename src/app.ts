/** The composition root: the whole system on one page. Nothing else knows every feature. */
import type { FastifyBaseLogger } from 'fastify'
import { adminRole } from './accounts/last-admin-store.ts'
import { deletionRoutes, exportRoutes, profileRoutes, registrationRoutes } from './accounts/routes.ts'
import { adminReadRoutes, adminWriteRoutes } from './admin/routes.ts'
import { createMonotonicClock } from './clock/monotonic-clock.ts'
import type { Config } from './config/config.ts'
import type { Database } from './database/client.ts'
import { emailChangeRoutes, emailRoutes } from './email-addresses/routes.ts'
import { createAuthenticate } from './guard/authenticate.ts'
import { createGuard } from './guard/guard.ts'
import { whoamiRoute } from './guard/routes.ts'
import { createServiceAuth } from './guard/service-auth.ts'
import { limitRequests } from './http/bounds/request-limit.ts'
import { shedLoad, type Thresholds } from './http/bounds/shed-load.ts'
import { createCookies } from './http/browser/cookies.ts'
import { allowOrigins } from './http/browser/cors.ts'
import { createCsrfGate } from './http/browser/csrf.ts'
import { doctorPath, doctorRoute } from './http/browser/doctor.ts'
import { createTokenTransport } from './http/browser/token-transport.ts'
import { devMailboxRoute } from './http/dev-mailbox.ts'
import { handleOauthErrors } from './http/errors/oauth-error.ts'
import { acceptFormsOnly } from './http/form-body.ts'
import { healthRoutes } from './http/health.ts'
import { watchMethods } from './http/method-not-allowed.ts'
import { documentApi } from './http/openapi.ts'
import { type App, createServer } from './http/server.ts'
import { timeRequests } from './http/time-requests.ts'
import { traceRequests } from './http/trace-requests.ts'
import type { KeyRing } from './keys/key-ring.ts'
import { keyRoutes } from './keys/routes.ts'
import type { LimitStore } from './limits/budgets.ts'
import { clientAddress } from './limits/client-address.ts'
import { createMailStore } from './mail/mail-store.ts'
import type { RunningMail } from './mail/start-mail.ts'
import { oauthRoutes } from './oauth/routes.ts'
import { createMeters, type Meters } from './observability/meters.ts'
import { nodeMetrics } from './observability/node-metrics.ts'
import { countOutcomes } from './observability/outcomes.ts'
import { processMetrics } from './observability/process-metrics.ts'
import { revocationMetrics } from './observability/revocation-metrics.ts'
import { metricsRoute } from './observability/routes.ts'
import type { Tracing } from './observability/tracing.ts'
import { forgottenPasswordRoutes, passwordRoutes } from './passwords/routes.ts'
import type { RevocationFollower } from './revocations/follow-revocations.ts'
import { feedRoutes } from './revocations/routes.ts'
import { sessionListRoutes, sessionRoutes } from './sessions/routes.ts'
import { createUseCases } from './use-cases.ts'
import { pageRoutes } from './web/routes.ts'

export type Dependencies = {
  config: Config
  database: Database
  keyRing: KeyRing
  revocations: RevocationFollower
  /** The server's secrets, newest first. */
  secrets: readonly string[]
  /** Where attempts are counted; in Postgres where it is left out. */
  limitStore?: LimitStore | undefined
  /** What sends the outbox, if this node does. */
  mail?: Pick<RunningMail, 'wake' | 'mailbox'>
  logger?: FastifyBaseLogger
  /** Milliseconds since 1970, never backwards. */
  clock?: () => number
  /** By how many milliseconds this machine's clock is off the database's. */
  clockSkewMs?: () => number
  /** What else exposes the metrics, if anything does. */
  meters?: Meters
  tracing?: Tracing | undefined
  /** When the process counts as too busy. */
  thresholds?: Thresholds
}

// What the pages at APP_URL send: the token of a link, and nothing that a cookie says.
const linkPaths = ['/auth/email/verify', '/auth/password/reset']

/** The app, ready to listen. It opens nothing that it was not given, and closes nothing. */
export async function buildApp(given: Dependencies): Promise<App> {
  const {
    config,
    database,
    keyRing,
    revocations,
    secrets,
    limitStore,
    mail,
    logger,
    clock = createMonotonicClock(Date.now),
    clockSkewMs = () => 0,
    meters = await createMeters({ enabled: config.metrics }),
    tracing,
    thresholds,
  } = given
  const graceMs = config.shutdownGraceSeconds * 1000
  const app = await createServer({ logger, trustedProxies: config.trustedProxies, graceMs })
  const refuseOtherMethods = watchMethods(app)

  const { publicUrl: issuer, audience, spaOrigins, production } = config
  const cookies = createCookies({ secure: issuer.startsWith('https:'), sameSite: config.cookieSameSite })
  const gate = createCsrfGate(spaOrigins)
  const transport = createTokenTransport({ cookies, gate })
  const pages = config.appUrl === undefined ? undefined : { origin: config.appUrl, paths: linkPaths }
  await allowOrigins(app, { origins: spaOrigins, openTo: production ? [] : [doctorPath], pages })
  if (tracing) traceRequests(app, tracing)
  timeRequests(app, meters)
  await shedLoad(app, thresholds)
  if (config.rates.requests) await limitRequests(app, { rate: config.rates.requests, addressOf: clientAddress })
  await documentApi(app)

  const parts = { config, database, keyRing, revocations, secrets, limitStore, mail, clock }
  const useCases = countOutcomes(await createUseCases(parts), meters)
  const { sessions, passwords, tokenCache, verifyAccessToken } = useCases
  meters.read([
    ...revocationMetrics(revocations),
    ...nodeMetrics({ passwords, tokenCache, database, keyRing, mails: createMailStore(database), clockSkewMs, clock }),
    ...processMetrics(app.requestsUnderWay),
  ])
  const staleRevocations = config.revocationStale
  const guard = createGuard(
    createAuthenticate({ transport, verifyAccessToken, revocations, staleRevocations, sessions, clock }),
  )
  const serviceAuth = createServiceAuth(config.serviceCredentials)

  // Routes for everybody.
  healthRoutes(app, {
    database: () => database.pool.query('SELECT 1'),
    revocationsAgeMs: () => revocations.ageMs(),
    keysAreCurrent: () => keyRing.isCurrent,
    clockSkewMs,
  })
  keyRoutes(app, { keyRing, publicUrl: issuer, maxAgeSeconds: config.jwksMaxAgeSeconds })
  if (config.appUrl === undefined) pageRoutes(app)
  if (!production) doctorRoute(app, { cookies, gate, publicUrl: issuer, spaOrigins })
  if (!production && mail?.mailbox) devMailboxRoute(app, { ...mail.mailbox, publicUrl: issuer })
  await app.register(async (scope: App) => {
    // Before the body is read: a request that another site may have made is not looked at any further.
    scope.addHook('onRequest', async (request) => void transport.modeOf(request))
    registrationRoutes(scope, { transport, ...useCases })
    emailRoutes(scope, useCases)
    sessionRoutes(scope, { transport, ...useCases })
    forgottenPasswordRoutes(scope, useCases)
  })

  // Routes for clients and services that know standard OAuth. No cookie is read here, so no gate stands here.
  await app.register(async (scope: App) => {
    acceptFormsOnly(scope)
    handleOauthErrors(scope)
    oauthRoutes(scope, { serviceAuth, ...useCases, issuer, audience })
  })

  // Routes for services that verify tokens themselves.
  await app.register(async (scope: App) => {
    scope.addHook('onRequest', serviceAuth.requireService)
    feedRoutes(scope, useCases)
    metricsRoute(scope, meters.expose)
  })

  // Routes for the signed-in: the guard stands on the scope, so a route added here cannot forget it.
  app.decorateRequest('principal', null)
  await app.register(async (scope: App) => {
    guard(scope)
    whoamiRoute(scope)
  })
  await app.register(async (scope: App) => {
    guard(scope, { check: 'session' })
    profileRoutes(scope, useCases)
    sessionListRoutes(scope, { transport, ...useCases })
    passwordRoutes(scope, { transport, ...useCases })
    exportRoutes(scope, useCases)
  })
  // The same, for what takes an account out of its person's hands: they have proved a moment ago who they are.
  const freshSession = { check: 'session', maxAgeSeconds: config.reauthenticationSeconds } as const
  await app.register(async (scope: App) => {
    guard(scope, freshSession)
    emailChangeRoutes(scope, useCases)
    deletionRoutes(scope, { transport, ...useCases })
  })

  // Routes for administrators: who it is, then whether they may. Writes are a scope of their own, to ask for more.
  await app.register(async (scope: App) => {
    guard(scope, { check: 'session', role: adminRole })
    adminReadRoutes(scope, useCases.adminReads)
  })
  await app.register(async (scope: App) => {
    guard(scope, { ...freshSession, role: adminRole })
    adminWriteRoutes(scope, useCases.adminWrites)
  })

  refuseOtherMethods()
  return app
}
