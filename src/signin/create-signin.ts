/**
 * Wires the sign-in. This folder owns login, reauthentication, and the start of a session. It does not own what follows: refresh
 * and logout are in sessions/. Password hashes are in passwords/.
 */
import type { AccountStore } from '../accounts/account-store.ts'
import type { AuditStore } from '../audit/audit-store.ts'
import type { Config } from '../config/config.ts'
import type { Database } from '../database/client.ts'
import type { Limits } from '../limits/limits.ts'
import type { Hashing } from '../passwords/hashing.ts'
import type { RevocationFollower } from '../revocations/follow-revocations.ts'
import type { Sessions } from '../sessions/create-sessions.ts'
import type { Tokens } from '../tokens/create-tokens.ts'
import { type Advance, createAdvance, type SkipsFactor } from './advance.ts'
import { createAttemptStore } from './attempt-store.ts'
import { type Attempts, createAttempts } from './attempts.ts'
import { createFactorsOf, type FactorsOf } from './factors-of.ts'
import { createLogin, type Login } from './login.ts'
import { createFactorPolicy, type FactorPolicy } from './policy.ts'
import { createProvePassword, type ProvePassword } from './prove-password.ts'
import { createReauthenticate, type Reauthenticate } from './reauthenticate.ts'
import { createReauthenticationStore } from './reauthentication-store.ts'
import { createRenewSession } from './renew-session.ts'
import { createStartSession, type TrustDevice } from './start-session.ts'

type Dependencies = {
  config: Pick<
    Config,
    'sessionLives' | 'sessionMaxSeconds' | 'sessionsPerUser' | 'signup' | 'factorsRequired' | 'factorsRequiredRoles'
  >
  database: Database
  accountStore: AccountStore
  sessions: Pick<Sessions, 'sessionStore' | 'newSessionStore' | 'tokenPairFor' | 'newLine'>
  hashing: Hashing
  tokens: Pick<Tokens, 'refreshTokens' | 'trustedDeviceTokens'>
  revocations: Pick<RevocationFollower, 'denySession'>
  /** The devices that skip the second factor. */
  trustedDevices: { readonly skipsFactor: SkipsFactor; readonly trustDevice: TrustDevice }
  limits: Limits
  audit: AuditStore
  /** The same step of a sign-in, counted. */
  countProofs: (advance: Advance) => Advance
}

export type Signin = {
  readonly policy: FactorPolicy
  readonly factorsOf: FactorsOf
  readonly attempts: Attempts
  readonly advance: Advance
  readonly login: Login
  readonly provePassword: ProvePassword
  readonly reauthenticate: Reauthenticate
}

export function createSignin(dependencies: Dependencies): Signin {
  const {
    config,
    database,
    accountStore: accounts,
    sessions,
    hashing,
    tokens,
    revocations,
    trustedDevices,
    limits,
    audit,
    countProofs,
  } = dependencies
  const { refreshTokens, trustedDeviceTokens } = tokens
  const startSession = createStartSession({
    newSessions: sessions.newSessionStore,
    sessions: sessions.sessionStore,
    tokenPairFor: sessions.tokenPairFor,
    revocations,
    refreshTokens,
    trustedDeviceTokens,
    trustDevice: trustedDevices.trustDevice,
    limits,
    lives: config.sessionLives,
    maxSeconds: config.sessionMaxSeconds,
    mostSessions: config.sessionsPerUser,
  })
  const renewSession = createRenewSession({
    reauthentications: createReauthenticationStore(database),
    newLine: sessions.newLine,
  })
  const policy = createFactorPolicy(config)
  const store = createAttemptStore(database)
  const attempts = createAttempts({ store })
  const advance = countProofs(
    createAdvance({
      policy,
      skipsFactor: trustedDevices.skipsFactor,
      attempts,
      store,
      startSession,
      renewSession,
    }),
  )
  return {
    policy,
    factorsOf: createFactorsOf({ policy, accounts }),
    attempts,
    advance,
    login: createLogin({
      accounts,
      hashing,
      audit,
      limits,
      trustedDeviceTokens,
      advance,
      verifiedOnly: config.signup === 'verified',
    }),
    provePassword: createProvePassword({ accounts, hashing, audit, limits }),
    reauthenticate: createReauthenticate({ accounts, advance }),
  }
}
