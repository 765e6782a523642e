/** Every use-case, given the stores, tokens and settings it needs. What requests lead to them is in app.ts. */
import { createAccountStore } from './accounts/account-store.ts'
import { createProfile } from './accounts/profile.ts'
import { createAuditListStore } from './admin/audit-list-store.ts'
import { createChangeUser } from './admin/change-user.ts'
import { createDeadMailStore } from './admin/dead-mail-store.ts'
import { createEndUserSessions } from './admin/end-user-sessions.ts'
import { createListAudit } from './admin/list-audit.ts'
import { createListDeadMails } from './admin/list-dead-mails.ts'
import { createListUsers } from './admin/list-users.ts'
import { createReadUser } from './admin/read-user.ts'
import { createUserAdminStore } from './admin/user-admin-store.ts'
import { createUserListStore } from './admin/user-list-store.ts'
import { createAuditStore } from './audit/audit-store.ts'
import type { Config } from './config/config.ts'
import type { Database } from './database/client.ts'
import { createChangeEmail } from './email-addresses/change-email.ts'
import { createEmailAddressMails } from './email-addresses/email-address-mails.ts'
import { createEmailAddressStore } from './email-addresses/email-address-store.ts'
import { createSendVerification } from './email-addresses/send-verification.ts'
import { createVerifyEmail } from './email-addresses/verify-email.ts'
import type { KeyRing } from './keys/key-ring.ts'
import type { LimitStore } from './limits/budgets.ts'
import { createLimitStore } from './limits/limit-store.ts'
import { createLimits } from './limits/limits.ts'
import { createOutbox } from './mail/outbox.ts'
import type { RunningMail } from './mail/start-mail.ts'
import { createIntrospectToken } from './oauth/introspect-token.ts'
import { createRecogniseToken } from './oauth/recognise-token.ts'
import { createRevokeToken } from './oauth/revoke-token.ts'
import { createChangePassword } from './passwords/change-password.ts'
import { createPasswordHashes } from './passwords/password-hash.ts'
import { createPasswordMails } from './passwords/password-mails.ts'
import { createPasswordPolicy } from './passwords/password-policy.ts'
import { createPasswordStore } from './passwords/password-store.ts'
import { createRequestReset } from './passwords/request-reset.ts'
import { createResetPassword } from './passwords/reset-password.ts'
import { createDeleteAccount } from './privacy/delete-account.ts'
import { createDeletionStore } from './privacy/deletion-store.ts'
import { createExportAccount } from './privacy/export-account.ts'
import { createExportStore } from './privacy/export-store.ts'
import { createAwaitVerification } from './registration/await-verification.ts'
import { createOpenAccount } from './registration/open-account.ts'
import { createRegister } from './registration/register.ts'
import { createRegistrationStore } from './registration/registration-store.ts'
import { createFeedStore } from './revocations/feed-store.ts'
import type { RevocationFollower } from './revocations/follow-revocations.ts'
import { createReadFeed } from './revocations/read-feed.ts'
import { createBox } from './secrets/box.ts'
import { createEndSessions } from './sessions/end-sessions.ts'
import { withKnownSecrets } from './sessions/known-secrets.ts'
import { createListSessions } from './sessions/list-sessions.ts'
import { createLogout } from './sessions/logout.ts'
import { createRefresh } from './sessions/refresh.ts'
import { createSessionListStore } from './sessions/session-list-store.ts'
import { createSessionStore } from './sessions/session-store.ts'
import { createTokenPairs } from './sessions/token-pair.ts'
import { createLogin } from './signin/login.ts'
import { createReauthenticate } from './signin/reauthenticate.ts'
import { createReauthenticationStore } from './signin/reauthentication-store.ts'
import { createStartSession } from './signin/start-session.ts'
import { createAccessTokens } from './tokens/access-token.ts'
import { createRefreshTokens } from './tokens/refresh-token.ts'
import { createSignatureChecks } from './tokens/signature.ts'
import { createTokenCache } from './tokens/token-cache.ts'
import { createTrustedDeviceTokens } from './tokens/trusted-device-token.ts'
import { createVerifyAccessToken } from './tokens/verify-access-token.ts'

type Dependencies = {
  config: Config
  database: Database
  keyRing: KeyRing
  revocations: RevocationFollower
  /** The server's secrets, newest first. */
  secrets: readonly string[]
  /** Where attempts are counted; in Postgres where there is none. */
  limitStore: LimitStore | undefined
  /** What sends the outbox, if this node does. */
  mail: undefined | Pick<RunningMail, 'wake' | 'mailbox'>
  /** Milliseconds since 1970, never backwards. */
  clock: () => number
}

export async function createUseCases(given: Dependencies) {
  const { config, database, keyRing, revocations, secrets, limitStore, mail, clock } = given
  const { publicUrl: issuer, audience } = config
  const mailSettings = { linksTo: config.appUrl ?? issuer, place: new URL(issuer).host }
  const accounts = createAccountStore(database)
  const sessions = createSessionStore(database)
  const audit = createAuditStore(database)
  const passwords = createPasswordHashes({
    peppers: config.passwordPeppers,
    cost: config.bcryptCost,
    cores: config.hashesAtOnce,
    queue: 20,
  })
  const secretInForce = () => keyRing.secretInForce
  const store = limitStore ?? createLimitStore(database)
  const limits = createLimits({ store, rates: config.rates, secrets, secretInForce })
  const trustedDeviceTokens = createTrustedDeviceTokens(secrets, secretInForce, clock)
  const refreshTokens = withKnownSecrets(createRefreshTokens(secrets, secretInForce), () => keyRing.isCurrent)
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
  const tokenCache = createTokenCache({
    verifyAccessToken: createVerifyAccessToken({ issuer, audience, signatureChecks, clock }),
    keySet: signatureChecks.keySet,
    clock,
    maxEntries: config.tokenCacheEntries,
  })
  const verifyAccessToken = tokenCache.verify
  const idleSeconds = config.sessionIdleSeconds
  const tokenPairFor = createTokenPairs(accessTokens)
  const startSession = createStartSession({
    sessions,
    revocations,
    refreshTokens,
    trustedDeviceTokens,
    limits,
    tokenPairFor,
    idleSeconds,
    maxSeconds: config.sessionMaxSeconds,
  })
  const requireGoodPassword = createPasswordPolicy({ minLength: config.passwordMinLength })
  const outbox = createOutbox({
    box: createBox(secrets, 'mail-outbox'),
    secretInForce,
    onPosted: mail?.wake,
  })
  const emails = createEmailAddressStore(database)
  const lifeSeconds = config.emailVerificationSeconds
  const emailLinks = { emails, outbox, mails: createEmailAddressMails({ ...mailSettings, lifeSeconds }), lifeSeconds }
  const { signup } = config
  const verifiedOnly = signup === 'verified'
  const sendVerification = createSendVerification({ accounts, limits, ...emailLinks, verifiedOnly })
  const registrations = createRegistrationStore(database)
  const openAccount = createOpenAccount({ registrations, revocations, signup })
  const verifyEmail = createVerifyEmail({ ...emailLinks, openAccount })
  const changeEmail = createChangeEmail({ accounts, limits, ...emailLinks })
  const awaitVerification = createAwaitVerification({ registrations, ...emailLinks })
  const registering = {
    accounts,
    passwords,
    requireGoodPassword,
    sendVerification,
    awaitVerification,
    startSession,
    limits,
    signup,
  }
  const register = createRegister(registering)
  const login = createLogin({ accounts, passwords, audit, limits, trustedDeviceTokens, startSession, verifiedOnly })
  const leewaySeconds = config.refreshLeewaySeconds
  const refresh = createRefresh({
    sessions,
    revocations,
    refreshTokens,
    tokenPairFor,
    leewaySeconds,
    idleSeconds,
  })
  const logout = createLogout({ sessions, revocations, refreshTokens })
  const devices = createSessionListStore(database)
  const listSessions = createListSessions({ devices })
  const endSessions = createEndSessions({ devices, revocations })
  const profile = createProfile({ accounts })

  const passwordStore = createPasswordStore(database)
  const passwordMails = createPasswordMails(mailSettings)
  const newPassword = { passwordStore, passwords, requireGoodPassword, outbox, mails: passwordMails, revocations }
  const changePassword = createChangePassword({ ...newPassword, accounts, audit, limits })
  const requestReset = createRequestReset({
    accounts,
    passwordStore,
    outbox,
    limits,
    mails: passwordMails,
    lifeSeconds: config.passwordResetSeconds,
  })
  const resetPassword = createResetPassword(newPassword)
  const reauthentications = createReauthenticationStore(database)
  const reauthenticate = createReauthenticate({ accounts, reauthentications, passwords, audit, limits, accessTokens })

  const deletions = createDeletionStore(database)
  const deleteAccount = createDeleteAccount({ accounts, deletions, outbox, revocations, publicUrl: issuer })
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
  const readFeed = createReadFeed({
    pages: createFeedStore(database),
    looked: revocations.looked,
    issuer,
    signingKey: () => keyRing.signing,
    clock,
  })
  const recogniseToken = createRecogniseToken({ refreshTokens, verifyAccessToken })
  const revokeToken = createRevokeToken({ recogniseToken, logout })
  const introspectToken = createIntrospectToken({ recogniseToken, revocations, sessions })

  return {
    sessions,
    passwords,
    verifyAccessToken,
    tokenCache,
    register,
    sendVerification,
    verifyEmail,
    changeEmail,
    login,
    refresh,
    logout,
    listSessions,
    endSessions,
    profile,
    changePassword,
    requestReset,
    resetPassword,
    reauthenticate,
    deleteAccount,
    exportAccount,
    adminReads,
    adminWrites,
    readFeed,
    revokeToken,
    introspectToken,
  }
}
