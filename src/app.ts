/** The composition root: every feature, every route, and who is let through to it. Nothing else knows every feature. */
import type { FastifyBaseLogger } from 'fastify'
import { createAccounts } from './accounts/create-accounts.ts'
import { adminRole } from './accounts/last-admin-store.ts'
import { profileRoutes } from './accounts/routes.ts'
import { createAdmin } from './admin/create-admin.ts'
import { factorResetReadRoutes, factorResetRoutes } from './admin/factor-resets/routes.ts'
import { adminReadRoutes, adminWriteRoutes } from './admin/routes.ts'
import { createAuditStore } from './audit/audit-store.ts'
import { createMonotonicClock } from './clock/monotonic-clock.ts'
import { createStallDetector } from './clock/stall-detector.ts'
import type { Config } from './config/config.ts'
import type { Database } from './database/client.ts'
import { requireWritable } from './database/writable.ts'
import { createEmailAddresses } from './email-addresses/create-email-addresses.ts'
import { createEmailCodes } from './email-addresses/email-code.ts'
import { createEmailCodeStore } from './email-addresses/email-code-store.ts'
import { createFindLink } from './email-addresses/redeem-code.ts'
import { emailChangeRoutes, emailRoutes } from './email-addresses/routes.ts'
import { createFactors } from './factors/create-factors.ts'
import { factorChangeRoutes, factorRoutes, factorSignInRoutes } from './factors/routes.ts'
import { createTrustedDevices } from './factors/trusted-devices/create-trusted-devices.ts'
import { trustedDeviceRoutes } from './factors/trusted-devices/routes.ts'
import { auditRefusals } from './guard/audit-refusals.ts'
import { createAccess } from './guard/create-access.ts'
import { verifyWithFastifyJwt } from './guard/fastify-jwt.ts'
import { whoamiRoute } from './guard/routes.ts'
import type { Thresholds } from './http/bounds/shed-load.ts'
import { doctorRoute } from './http/browser/doctor.ts'
import { createEdge } from './http/create-edge.ts'
import { createHealth } from './http/create-health.ts'
import { handleOauthErrors } from './http/errors/oauth-error.ts'
import { acceptFormsOnly } from './http/form-body.ts'
import type { App } from './http/server.ts'
import type { KeyRing } from './keys/key-ring.ts'
import { keyRoutes } from './keys/routes.ts'
import type { LimitStore } from './limits/budgets.ts'
import { createLimitStore } from './limits/limit-store.ts'
import { createLimits } from './limits/limits.ts'
import { createMailStore } from './mail/mail-store.ts'
import { createOutbox } from './mail/outbox.ts'
import { createRequireLinkTarget } from './mail/redirect-to.ts'
import type { RunningMail } from './mail/start-mail.ts'
import { createOauth } from './oauth/create-oauth.ts'
import { oauthRoutes } from './oauth/routes.ts'
import { createMeters, type Meters } from './observability/meters.ts'
import { nodeMetrics } from './observability/node-metrics.ts'
import { createCountOutcomes } from './observability/outcomes.ts'
import { processMetrics } from './observability/process-metrics.ts'
import { revocationMetrics } from './observability/revocation-metrics.ts'
import { metricsRoute } from './observability/routes.ts'
import type { Tracing } from './observability/tracing.ts'
import { createPasswords } from './passwords/create-passwords.ts'
import { forgottenPasswordRoutes, passwordRoutes } from './passwords/routes.ts'
import { createPrivacy } from './privacy/create-privacy.ts'
import { deletionRoutes, exportRoutes } from './privacy/routes.ts'
import { createPendingRegistrations, createRegistration } from './registration/create-registration.ts'
import { passkeyRegistrationRoutes } from './registration/passkey/routes.ts'
import { registrationRoutes } from './registration/routes.ts'
import { createFeed } from './revocations/create-feed.ts'
import type { RevocationFollower } from './revocations/follow-revocations.ts'
import { feedRoutes } from './revocations/routes.ts'
import { createWaitLimit } from './revocations/waits.ts'
import { createSessions } from './sessions/create-sessions.ts'
import { sessionListRoutes, sessionRoutes } from './sessions/routes.ts'
import { sessionStatusRoute } from './sessions/status-route.ts'
import { createSignin } from './signin/create-signin.ts'
import { loginRoutes, reauthenticationRoutes } from './signin/routes.ts'
import { createTokens } from './tokens/create-tokens.ts'
import { notFoundPage } from './web/home-page.ts'
import { webRoutes } from './web/routes.ts'

export type Dependencies = {
  config: Config
  database: Database
  keyRing: KeyRing
  revocations: RevocationFollower
  /** The server's secrets, newest first. */
  secrets: readonly string[]
  /** Counts attempts. Without it, Postgres does. */
  limitStore?: LimitStore | undefined
  /** Sends the outbox. Without it, this node sends no mail. */
  mail?: Pick<RunningMail, 'wake' | 'mailbox'>
  logger?: FastifyBaseLogger
  /** Milliseconds since 1970, never backwards. */
  clock?: () => number
  /** The offset of this machine's clock from the database's, in milliseconds. */
  clockSkewMs?: () => number
  /** The metrics, if something else exposes them too. */
  meters?: Meters
  tracing?: Tracing | undefined
  /** Above these, the process refuses some requests. */
  thresholds?: Thresholds
}

/** The app, ready to listen. It opens and closes nothing that is passed in. */
export async function buildApp(dependencies: Dependencies): Promise<App> {
  const { config, database, keyRing, revocations, secrets, mail, logger, tracing, thresholds } = dependencies
  const { clock = createMonotonicClock(Date.now), clockSkewMs = () => 0 } = dependencies
  const meters = dependencies.meters ?? (await createMeters({ enabled: config.metrics }))
  const { app, cookies, gate, transport, afterAnswer, refuseOtherMethods } = await createEdge({
    config,
    logger,
    meters,
    tracing,
    thresholds,
    notFoundPage: notFoundPage(config),
  })
  const { publicUrl: issuer, audience, spaOrigins, production } = config

  // What several features share.
  const serverSecrets = { all: secrets, indexInForce: () => keyRing.secretInForce }
  const store = dependencies.limitStore ?? createLimitStore(database)
  const limits = createLimits({ store, rates: config.rates, secrets: serverSecrets, clock })
  const audit = createAuditStore(database)
  const outbox = createOutbox({ secrets: serverSecrets, onPosted: mail?.wake })
  const mailSettings = { linksTo: config.appUrl ?? issuer, serviceName: config.appName }
  const createVerifySignature = verifyWithFastifyJwt
  const tokens = await createTokens({ config, keyRing, secrets: serverSecrets, createVerifySignature, clock })
  const count = createCountOutcomes(meters)
  const stalls = createStallDetector()
  app.addHook('onClose', async () => stalls.stop())
  const verifyAccessToken = count.verification(tokens.tokenCache.verify)

  // The features, each after those that it needs.
  const { accountStore, profile } = createAccounts({ database })
  const requireLinkTarget = createRequireLinkTarget(config.linkTargets)
  const codes = createEmailCodes(serverSecrets)
  const findLink = createFindLink({ codes, codeStore: createEmailCodeStore(database), limits })
  const sending = { limits, outbox, mailSettings, requireLinkTarget, codes, findLink }
  const sessions = createSessions({ config, database, revocations, tokens, verifyAccessToken, profile })
  const { newLine } = sessions
  const shared = { accountStore, revocations, tokens, newLine, audit }
  const passwords = createPasswords({ config, database, ...shared, ...sending, afterAnswer, log: app.log })
  const { hashing } = passwords
  const proving = { accountStore, hashing, limits, audit, countProofs: count.proofs }
  const trustedDevices = createTrustedDevices({ config, database, ...tokens })
  const signin = createSignin({ config, database, sessions, tokens, revocations, trustedDevices, ...proving })
  const { advance, reauthenticate, provePassword } = signin
  const needed = { config, database, signin, ...shared, ...sending, secrets: serverSecrets, afterAnswer, clock }
  const factors = createFactors(needed)
  const pending = createPendingRegistrations({ config, database, passwords, limits, revocations })
  const { openAccount } = pending
  const emailAddresses = createEmailAddresses({ config, database, accountStore, openAccount, ...sending })
  const { sendVerification, verifyEmail, changeEmail } = emailAddresses
  const opening = { accountStore, pending, emailAddresses, passwords, advance, limits }
  const { webauthn } = factors.passkeys
  const registration = createRegistration({ config, database, webauthn, ...opening })
  const { deleteAccount, exportAccount } = createPrivacy({ config, database, accountStore, outbox, revocations })
  const admin = createAdmin({ config, database, accountStore, revocations, policy: signin.policy, ...sending })
  const { revokeToken, introspectToken } = createOauth({ tokens, sessions, revocations })
  const readFeed = createFeed({ database, revocations, keyRing, issuer, clock })

  // Who is let through.
  const requests = { transport, verifyAccessToken, revocations, sessionRows: sessions.sessionStore, clock }
  const { guard, serviceAuth } = createAccess({ app, config, ...requests })
  const mails = createMailStore(database)
  const node = { hashing, tokenCache: tokens.tokenCache, database, keyRing, mails, clockSkewMs, clock }
  meters.read([...revocationMetrics(revocations), ...nodeMetrics(node), ...processMetrics(app.requestsUnderWay)])

  // Public routes.
  const isOperator = serviceAuth.isService
  createHealth({
    app,
    requireDatabase: () => requireWritable(database.pool),
    revocations,
    keyRing,
    clockSkewMs,
    isOperator,
  })
  keyRoutes(app, { keyRing, publicUrl: issuer, publicPath: config.publicPath, maxAgeSeconds: config.jwksMaxAgeSeconds })
  await webRoutes(app, { config, mails: production ? undefined : mail?.mailbox?.mails })
  if (!production) doctorRoute(app, { cookies, gate, publicUrl: issuer, spaOrigins })
  await app.register(async (scope: App) => {
    // Before the body is read: the server reads no body of a request that another site may have made.
    scope.addHook('onRequest', async (request) => void transport.modeOf(request))
    registrationRoutes(scope, { transport, register: registration.register })
    passkeyRegistrationRoutes(scope, { transport, registerWithPasskey: registration.registerWithPasskey })
    emailRoutes(scope, { sendVerification, verifyEmail })
    loginRoutes(scope, { transport, login: count.login(signin.login) })
    factorSignInRoutes(scope, { transport, factors })
    const refresh = count.refresh(sessions.refresh)
    sessionRoutes(scope, { transport, refresh, logout: sessions.logout, verifyAccessToken, stalls })
    sessionStatusRoute(scope, { transport, readSessionStatus: sessions.readSessionStatus })
    const { requestReset, resetPassword } = passwords
    forgottenPasswordRoutes(scope, { transport, requestReset, resetPassword })
  })

  // Routes for OAuth clients and services. They read no cookie, so no CSRF gate stands here.
  await app.register(async (scope: App) => {
    acceptFormsOnly(scope)
    handleOauthErrors(scope)
    oauthRoutes(scope, { serviceAuth, revokeToken, introspectToken, issuer, audience })
  })

  // Routes for services that verify access tokens themselves.
  await app.register(async (scope: App) => {
    scope.addHook('onRequest', serviceAuth.requireService)
    feedRoutes(scope, { readFeed, withinLimit: createWaitLimit(config.waitsPerService) })
    metricsRoute(scope, meters.expose)
  })

  // Routes for signed-in users. The guard stands on the scope, so a route added here is guarded.
  await app.register(async (scope: App) => {
    guard(scope)
    whoamiRoute(scope)
  })
  await app.register(async (scope: App) => {
    guard(scope, { check: 'session' })
    profileRoutes(scope, { profile })
    sessionListRoutes(scope, { transport, listSessions: sessions.listSessions, endSessions: sessions.endSessions })
    passwordRoutes(scope, { transport, changePassword: passwords.changePassword })
    trustedDeviceRoutes(scope, trustedDevices)
    const { proveCode, emailSignIn, passkeys } = factors
    const proveMailedCode = emailSignIn.proveCodeInSession
    const prove = { provePassword, proveCode, proveMailedCode, provePasskey: passkeys.usePasskey.prove }
    reauthenticationRoutes(scope, { transport, reauthenticate, ...prove })
    factorRoutes(scope, { transport, factors })
  })
  // These routes can take the account or its data from its user, so they ask for a recent sign-in with every factor of the user.
  const recent = { check: 'session', maxAgeSeconds: config.reauthenticationSeconds } as const
  const freshSession = { ...recent, factors: signin.factorsOf.owners }
  await app.register(async (scope: App) => {
    guard(scope, freshSession)
    emailChangeRoutes(scope, { changeEmail })
    factorChangeRoutes(scope, { factors })
    exportRoutes(scope, { exportAccount })
    deletionRoutes(scope, { transport, deleteAccount })
  })

  const administrators = { role: adminRole, factors: signin.factorsOf.administrators }
  // Routes for administrators. Writes are a scope of their own, because they ask for a recent sign-in.
  await app.register(async (scope: App) => {
    auditRefusals(scope, audit)
    guard(scope, { check: 'session', ...administrators })
    const { listUsers, readUser, listAudit, listDeadMails } = admin
    adminReadRoutes(scope, { listUsers, readUser, listAudit, listDeadMails })
    factorResetReadRoutes(scope, admin.factorResets)
  })
  await app.register(async (scope: App) => {
    auditRefusals(scope, audit)
    guard(scope, { ...recent, ...administrators })
    factorResetRoutes(scope, admin.factorResets)
    adminWriteRoutes(scope, { changeUser: admin.changeUser, endUserSessions: admin.endUserSessions })
  })

  refuseOtherMethods()
  return app
}
