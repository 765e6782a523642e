/** The composition root: the whole system on one page. Nothing else knows every feature. */
import { availableParallelism } from 'node:os'
import type { FastifyBaseLogger } from 'fastify'
import { createAccountStore } from './accounts/account-store.ts'
import { createDeleteAccount } from './accounts/delete-account.ts'
import { createDeletionStore } from './accounts/deletion-store.ts'
import { createExportAccount } from './accounts/export-account.ts'
import { createExportStore } from './accounts/export-store.ts'
import { adminRole } from './accounts/last-admin-store.ts'
import { createPasswordHashes } from './accounts/password-hash.ts'
import { createPasswordPolicy } from './accounts/password-policy.ts'
import { createProfile } from './accounts/profile.ts'
import { createRegister } from './accounts/register.ts'
import { departureRoutes, profileRoutes, registrationRoutes } from './accounts/routes.ts'
import { createAuditListStore } from './admin/audit-list-store.ts'
import { createChangeUser } from './admin/change-user.ts'
import { createDeadMailStore } from './admin/dead-mail-store.ts'
import { createEndUserSessions } from './admin/end-user-sessions.ts'
import { createListAudit } from './admin/list-audit.ts'
import { createListDeadMails } from './admin/list-dead-mails.ts'
import { createListUsers } from './admin/list-users.ts'
import { createReadUser } from './admin/read-user.ts'
import { adminReadRoutes, adminWriteRoutes } from './admin/routes.ts'
import { createUserAdminStore } from './admin/user-admin-store.ts'
import { createUserListStore } from './admin/user-list-store.ts'
import { createAuditStore } from './audit/audit-store.ts'
import type { Config } from './config.ts'
import type { Database } from './database/client.ts'
import { createChangeEmail } from './emails/change-email.ts'
import { createEmailLetters } from './emails/email-letters.ts'
import { createEmailStore } from './emails/email-store.ts'
import { createProveEmail } from './emails/prove-email.ts'
import { emailChangeRoutes, emailRoutes } from './emails/routes.ts'
import { createVerifyEmail } from './emails/verify-email.ts'
import { feedMetrics } from './feed/metrics.ts'
import { createFeedPageStore } from './feed/page-store.ts'
import { createReadFeed } from './feed/read-feed.ts'
import { feedRoutes } from './feed/routes.ts'
import { createCookies } from './http/cookies.ts'
import { allowOrigins } from './http/cors.ts'
import { createCredentials } from './http/credentials.ts'
import { createCsrfGate } from './http/csrf.ts'
import { devMailboxRoute } from './http/dev-mailbox.ts'
import { doctorPath, doctorRoute } from './http/doctor.ts'
import { acceptFormsOnly } from './http/form-body.ts'
import { healthRoutes } from './http/health.ts'
import { watchMethods } from './http/method-not-allowed.ts'
import { metricsRoute } from './http/metrics.ts'
import { handleOauthErrors } from './http/oauth-error.ts'
import { documentApi } from './http/openapi.ts'
import { type App, createServer } from './http/server.ts'
import { createServiceAuth } from './http/service-auth.ts'
import { createBox } from './keys/box.ts'
import type { KeyRing } from './keys/key-ring.ts'
import { keyRoutes } from './keys/routes.ts'
import { createOutbox } from './mail/outbox.ts'
import type { RunningMail } from './mail/start-mail.ts'
import { createMonotonicClock } from './monotonic-clock.ts'
import { createIntrospectToken } from './oauth/introspect-token.ts'
import { createRecogniseToken } from './oauth/recognise-token.ts'
import { createRevokeToken } from './oauth/revoke-token.ts'
import { oauthRoutes } from './oauth/routes.ts'
import { pageRoutes } from './pages/routes.ts'
import { createChangePassword } from './passwords/change-password.ts'
import { createPasswordStore } from './passwords/password-store.ts'
import { createReauthenticate } from './passwords/reauthenticate.ts'
import { createReauthenticationStore } from './passwords/reauthentication-store.ts'
import { createRequestReset } from './passwords/request-reset.ts'
import { createResetPassword } from './passwords/reset-password.ts'
import { forgottenPasswordRoutes, passwordRoutes } from './passwords/routes.ts'
import { createDeviceStore } from './sessions/device-store.ts'
import { createEndSessions } from './sessions/end-sessions.ts'
import { withKnownSecrets } from './sessions/known-secrets.ts'
import { createListSessions } from './sessions/list-sessions.ts'
import { createLogin } from './sessions/login.ts'
import { createLogout } from './sessions/logout.ts'
import { createRefresh } from './sessions/refresh.ts'
import { deviceRoutes, sessionRoutes } from './sessions/routes.ts'
import { createSessionStore } from './sessions/session-store.ts'
import { createStartSession } from './sessions/start-session.ts'
import { createTokenPairs } from './sessions/token-pair.ts'
import { createAccessTokens } from './tokens/access-token.ts'
import { createRefreshTokens } from './tokens/refresh-token.ts'
import { createAuthenticate } from './verification/authenticate.ts'
import { requireRole } from './verification/require-role.ts'
import type { RevocationFeed } from './verification/revocation-feed.ts'
import { whoamiRoute } from './verification/routes.ts'
import { createSignatureChecks } from './verification/signature.ts'
import { createVerifyAccessToken } from './verification/verify-access-token.ts'

export type Given = {
  config: Config
  database: Database
  keyRing: KeyRing
  revocations: RevocationFeed
  /** The server's secrets, newest first. */
  secrets: readonly string[]
  /** What sends the outbox, if this node does. */
  mail?: Pick<RunningMail, 'wake' | 'mailbox'>
  logger?: FastifyBaseLogger
  /** Milliseconds since 1970, never backwards. */
  clock?: () => number
}

/** The app, ready to listen. It opens nothing that it was not given, and closes nothing. */
export async function buildApp(given: Given): Promise<App> {
  const {
    config,
    database,
    keyRing,
    revocations,
    secrets,
    mail,
    logger,
    clock = createMonotonicClock(Date.now),
  } = given
  const app = await createServer(logger)
  const refuseOtherMethods = watchMethods(app)

  const { publicUrl: issuer, audience, spaOrigins, production } = config
  const cookies = createCookies({ secure: issuer.startsWith('https:'), sameSite: config.cookieSameSite })
  const gate = createCsrfGate(spaOrigins)
  const credentials = createCredentials({ cookies, gate })
  await allowOrigins(app, spaOrigins, production ? [] : [doctorPath])
  await documentApi(app)

  const accounts = createAccountStore(database)
  const sessions = createSessionStore(database)
  const audit = createAuditStore(database)
  const passwords = createPasswordHashes({
    peppers: config.passwordPeppers,
    cost: config.bcryptCost,
    cores: availableParallelism(),
    queue: 20,
  })
  const refreshTokens = withKnownSecrets(
    createRefreshTokens(secrets, () => keyRing.secretInForce),
    () => keyRing.isCurrent,
  )
  const accessTokens = createAccessTokens({
    issuer,
    audience,
    lifeSeconds: config.accessTokenSeconds,
    signingKey: () => keyRing.signing,
    clock,
  })
  const signatureChecks = createSignatureChecks()
  keyRing.onChange(signatureChecks.use)
  await signatureChecks.use(keyRing.verification)
  const verifyAccessToken = createVerifyAccessToken({ issuer, audience, signatureChecks, clock })
  const authenticate = createAuthenticate({
    credentials,
    verifyAccessToken,
    revocations,
    staleRevocations: config.revocationStale,
    sessions,
    clock,
  })

  const idleSeconds = config.sessionIdleSeconds
  const tokenPairFor = createTokenPairs(accessTokens)
  const startSession = createStartSession({
    sessions,
    revocations,
    refreshTokens,
    tokenPairFor,
    idleSeconds,
    maxSeconds: config.sessionMaxSeconds,
  })
  const requireGoodPassword = createPasswordPolicy({ minLength: config.passwordMinLength })
  const outbox = createOutbox({
    box: createBox(secrets, 'mail-outbox'),
    secretInForce: () => keyRing.secretInForce,
    onPosted: mail?.wake,
  })
  const emails = createEmailStore(database)
  const emailLetters = createEmailLetters({ linksTo: config.appUrl ?? issuer, place: new URL(issuer).host })
  const emailLinks = { emails, outbox, letters: emailLetters, lifeSeconds: config.emailVerificationSeconds }
  const proveEmail = createProveEmail({ accounts, ...emailLinks })
  const verifyEmail = createVerifyEmail(emailLinks)
  const changeEmail = createChangeEmail({ accounts, passwords, audit, ...emailLinks })
  const { signup } = config
  const register = createRegister({ accounts, passwords, requireGoodPassword, proveEmail, startSession, signup })
  const login = createLogin({ accounts, passwords, audit, startSession, verifiedOnly: signup === 'verified' })
  const leewaySeconds = config.refreshLeewaySeconds
  const refresh = createRefresh({
    sessions,
    revocations,
    refreshTokens,
    audit,
    tokenPairFor,
    leewaySeconds,
    idleSeconds,
  })
  const logout = createLogout({ sessions, revocations, refreshTokens })
  const devices = createDeviceStore(database)
  const listSessions = createListSessions({ devices })
  const endSessions = createEndSessions({ devices, revocations })
  const profile = createProfile({ accounts })

  const linkBase = config.appUrl ?? issuer
  const passwordStore = createPasswordStore(database)
  const newPassword = { passwordStore, passwords, requireGoodPassword, outbox, revocations }
  const changePassword = createChangePassword({ ...newPassword, accounts, audit })
  const lifeSeconds = config.passwordResetSeconds
  const requestReset = createRequestReset({ accounts, passwordStore, outbox, linkBase, lifeSeconds })
  const resetPassword = createResetPassword(newPassword)
  const reauthentications = createReauthenticationStore(database)
  const reauthenticate = createReauthenticate({ accounts, reauthentications, passwords, audit, accessTokens })

  const deletions = createDeletionStore(database)
  const leaving = { accounts, deletions, passwords, audit, outbox, revocations, publicUrl: issuer }
  const deleteAccount = createDeleteAccount(leaving)
  const exportAccount = createExportAccount({ people: createExportStore(database) })
  const managedUsers = createUserAdminStore(database)
  const adminReads = {
    listUsers: createListUsers({ users: createUserListStore(database) }),
    readUser: createReadUser({ users: managedUsers }),
    listAudit: createListAudit({ events: createAuditListStore(database) }),
    listDeadMails: createListDeadMails({ mails: createDeadMailStore(database) }),
  }
  const adminWrites = {
    changeUser: createChangeUser({ users: managedUsers, revocations }),
    endUserSessions: createEndUserSessions({ users: managedUsers, revocations }),
  }
  const serviceAuth = createServiceAuth(config.serviceCredentials)
  const readFeed = createReadFeed({
    pages: createFeedPageStore(database),
    looked: revocations.looked,
    issuer,
    signingKey: () => keyRing.signing,
    clock,
  })
  const recogniseToken = createRecogniseToken({ refreshTokens, verifyAccessToken })
  const revokeToken = createRevokeToken({ recogniseToken, logout })
  const introspectToken = createIntrospectToken({ recogniseToken, revocations, sessions })

  // Routes for everybody.
  healthRoutes(app, {
    database: () => database.pool.query('SELECT 1'),
    revocationsAgeMs: () => revocations.ageMs(),
    keysAreCurrent: () => keyRing.isCurrent,
  })
  keyRoutes(app, { keyRing, publicUrl: issuer, maxAgeSeconds: config.jwksMaxAgeSeconds })
  if (config.appUrl === undefined) pageRoutes(app)
  if (!production) doctorRoute(app, { cookies, gate, publicUrl: issuer, spaOrigins })
  if (!production && mail?.mailbox) devMailboxRoute(app, { ...mail.mailbox, publicUrl: issuer })
  await app.register(async (scope: App) => {
    // Before the body is read: a request that another site may have made is not looked at any further.
    scope.addHook('onRequest', async (request) => void credentials.modeOf(request))
    registrationRoutes(scope, { credentials, register })
    emailRoutes(scope, { proveEmail, verifyEmail })
    sessionRoutes(scope, { credentials, login, refresh, logout, verifyAccessToken })
    forgottenPasswordRoutes(scope, { requestReset, resetPassword })
  })

  // Routes for clients and services that know standard OAuth. No cookie is read here, so no gate stands here.
  await app.register(async (scope: App) => {
    acceptFormsOnly(scope)
    handleOauthErrors(scope)
    oauthRoutes(scope, { serviceAuth, revokeToken, introspectToken, issuer, audience })
  })

  // Routes for services that verify tokens themselves.
  await app.register(async (scope: App) => {
    scope.addHook('onRequest', serviceAuth.requireService)
    feedRoutes(scope, { readFeed })
    metricsRoute(scope, feedMetrics(revocations))
  })

  // Routes for the signed-in: the hook stands on the scope, so a route added here cannot forget it.
  app.decorateRequest('principal', null)
  await app.register(async (scope: App) => {
    scope.addHook('onRequest', authenticate())
    whoamiRoute(scope)
  })
  await app.register(async (scope: App) => {
    scope.addHook('onRequest', authenticate({ check: 'session' }))
    profileRoutes(scope, { profile })
    deviceRoutes(scope, { credentials, listSessions, endSessions })
    passwordRoutes(scope, { credentials, changePassword, reauthenticate })
    emailChangeRoutes(scope, { changeEmail })
    departureRoutes(scope, { credentials, deleteAccount, exportAccount })
  })

  // Routes for administrators: who it is, then whether they may. Writes are a scope of their own, to ask for more.
  await app.register(async (scope: App) => {
    scope.addHook('onRequest', authenticate({ check: 'session' }))
    scope.addHook('onRequest', requireRole(adminRole))
    adminReadRoutes(scope, adminReads)
  })
  await app.register(async (scope: App) => {
    scope.addHook('onRequest', authenticate({ check: 'session' }))
    scope.addHook('onRequest', requireRole(adminRole))
    adminWriteRoutes(scope, adminWrites)
  })

  refuseOtherMethods()
  return app
}
