/** The sign-in of a node, taken apart: tests hand it proofs that no route gives yet. */

import { createTrustedDevices } from '../../src/factors/trusted-devices/create-trusted-devices.ts'
import { newestInForce } from '../../src/secrets/server-secrets.ts'
import { createNewSessionStore } from '../../src/sessions/new-session-store.ts'
import { createSessionStore } from '../../src/sessions/session-store.ts'
import type { TokenPair } from '../../src/sessions/token-pair.ts'
import { createAdvance } from '../../src/signin/advance.ts'
import type { Client } from '../../src/signin/attempt.ts'
import { createAttemptStore } from '../../src/signin/attempt-store.ts'
import { createAttempts } from '../../src/signin/attempts.ts'
import { createFactorPolicy } from '../../src/signin/policy.ts'
import { createReauthenticationStore } from '../../src/signin/reauthentication-store.ts'
import { createRenewSession } from '../../src/signin/renew-session.ts'
import { createStartSession } from '../../src/signin/start-session.ts'
import { createRefreshTokens } from '../../src/tokens/refresh-token.ts'
import { createTrustedDeviceTokens } from '../../src/tokens/trusted-device-token.ts'
import { nowhere } from '../setup/client.ts'
import { type Node, testSecret } from '../setup/node.ts'

/** An app in bearer mode. */
export const app: Client = { mode: 'bearer', remembered: true, context: nowhere }

export function createMachine({ database, config }: Pick<Node, 'database' | 'config'>) {
  const secrets = newestInForce([testSecret])
  const refreshTokens = createRefreshTokens(secrets)
  const tokenPairFor = (id: string) => ({ session_id: id }) as TokenPair
  const sessions = createSessionStore(database, { leewaySeconds: 0, forkSeconds: 0 })
  const trustedDeviceTokens = createTrustedDeviceTokens(secrets, Date.now)
  const { skipsFactor, trustDevice } = createTrustedDevices({ config, database, trustedDeviceTokens })
  const startSession = createStartSession({
    newSessions: createNewSessionStore(database),
    sessions,
    revocations: { denySession: () => {} },
    refreshTokens,
    trustedDeviceTokens,
    trustDevice,
    limits: { allowsNewDevice: async () => true },
    tokenPairFor,
    lives: config.sessionLives,
    maxSeconds: config.sessionMaxSeconds,
    mostSessions: config.sessionsPerUser,
  })
  const headHash = Buffer.alloc(32)
  const renewSession = createRenewSession({
    reauthentications: createReauthenticationStore(database),
    newLine: () => ({ headHash, pairOf: tokenPairFor }),
  })
  const store = createAttemptStore(database)
  const attempts = createAttempts({ store })
  const policy = createFactorPolicy(config)
  return { attempts, advance: createAdvance({ policy, skipsFactor, attempts, store, startSession, renewSession }) }
}
