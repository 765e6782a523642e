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
import { type Advance, createAdvance } from './advance.ts'
import { createLogin, type Login } from './login.ts'
import { createReauthenticate, type Reauthenticate } from './reauthenticate.ts'
import { createReauthenticationStore } from './reauthentication-store.ts'
import { createRenewSession } from './renew-session.ts'
import { createStartSession } from './start-session.ts'

type Dependencies = {
  config: Pick<Config, 'sessionLives' | 'sessionMaxSeconds' | 'sessionsPerUser' | 'signup'>
  database: Database
  accountStore: AccountStore
  sessions: Pick<Sessions, 'sessionStore' | 'tokenPairFor' | 'newLine'>
  hashing: Hashing
  tokens: Pick<Tokens, 'refreshTokens' | 'trustedDeviceTokens'>
  revocations: Pick<RevocationFollower, 'denySession'>
  limits: Limits
  audit: AuditStore
}

export type Signin = {
  readonly advance: Advance<never>
  readonly login: Login
  readonly reauthenticate: Reauthenticate
}

export function createSignin(dependencies: Dependencies): Signin {
  const { config, database, accountStore, sessions, hashing, tokens, revocations, limits, audit } = dependencies
  const { refreshTokens, trustedDeviceTokens } = tokens
  const startSession = createStartSession({
    sessions: sessions.sessionStore,
    tokenPairFor: sessions.tokenPairFor,
    revocations,
    refreshTokens,
    trustedDeviceTokens,
    limits,
    lives: config.sessionLives,
    maxSeconds: config.sessionMaxSeconds,
    mostSessions: config.sessionsPerUser,
  })
  const renewSession = createRenewSession({
    reauthentications: createReauthenticationStore(database),
    newLine: sessions.newLine,
  })
  // A password is the only factor, so nobody owes another one.
  const advance = createAdvance({ owes: (): never[] => [], startSession, renewSession })
  return {
    advance,
    login: createLogin({
      accounts: accountStore,
      hashing,
      audit,
      limits,
      trustedDeviceTokens,
      advance,
      verifiedOnly: config.signup === 'verified',
    }),
    reauthenticate: createReauthenticate({
      accounts: accountStore,
      hashing,
      audit,
      limits,
      advance,
    }),
  }
}
