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
import { createLogin, type Login } from './login.ts'
import { createReauthenticate, type Reauthenticate } from './reauthenticate.ts'
import { createReauthenticationStore } from './reauthentication-store.ts'
import { createStartSession, type StartSession } from './start-session.ts'

type Dependencies = {
  config: Pick<Config, 'sessionIdleSeconds' | 'sessionMaxSeconds' | 'signup'>
  database: Database
  accountStore: AccountStore
  sessions: Pick<Sessions, 'sessionStore' | 'tokenPairFor'>
  hashing: Hashing
  tokens: Pick<Tokens, 'accessTokens' | 'refreshTokens' | 'trustedDeviceTokens'>
  revocations: Pick<RevocationFollower, 'denySession'>
  limits: Limits
  audit: AuditStore
}

export type Signin = {
  readonly startSession: StartSession
  readonly login: Login
  readonly reauthenticate: Reauthenticate
}

export function createSignin(dependencies: Dependencies): Signin {
  const { config, database, accountStore, sessions, hashing, tokens, revocations, limits, audit } = dependencies
  const { refreshTokens, trustedDeviceTokens, accessTokens } = tokens
  const startSession = createStartSession({
    sessions: sessions.sessionStore,
    tokenPairFor: sessions.tokenPairFor,
    revocations,
    refreshTokens,
    trustedDeviceTokens,
    limits,
    idleSeconds: config.sessionIdleSeconds,
    maxSeconds: config.sessionMaxSeconds,
  })
  return {
    startSession,
    login: createLogin({
      accounts: accountStore,
      hashing,
      audit,
      limits,
      trustedDeviceTokens,
      startSession,
      verifiedOnly: config.signup === 'verified',
    }),
    reauthenticate: createReauthenticate({
      accounts: accountStore,
      reauthentications: createReauthenticationStore(database),
      hashing,
      audit,
      limits,
      accessTokens,
    }),
  }
}
