/** Wires the check of access tokens: who is let through to which routes. */
import type { Config } from '../config/config.ts'
import type { TokenTransport } from '../http/browser/token-transport.ts'
import type { App } from '../http/server.ts'
import type { RevocationFollower } from '../revocations/follow-revocations.ts'
import type { VerifyAccessToken } from '../tokens/verify-access-token.ts'
import { createAuthenticate } from './authenticate.ts'
import { createGuard, type Guard } from './guard.ts'
import { createRequireNotRevoked } from './require-not-revoked.ts'
import { createServiceAuth } from './service-auth.ts'
import { createTokenSignals } from './signal-for.ts'

type Dependencies = {
  app: App
  config: Pick<Config, 'revocationStale' | 'serviceCredentials'>
  transport: TokenTransport
  verifyAccessToken: VerifyAccessToken
  revocations: RevocationFollower
  sessionRows: { isLive(sessionId: string, userId: string, tokenVersion: number): Promise<boolean> }
  /** Milliseconds since 1970. */
  clock: () => number
}

type Access = {
  readonly guard: Guard
  readonly serviceAuth: ReturnType<typeof createServiceAuth>
}

/** The guard of scopes, and that of services. It gives the app `request.principal` and `app.signalFor`. */
export function createAccess(dependencies: Dependencies): Access {
  const { app, config, transport, verifyAccessToken, revocations, sessionRows, clock } = dependencies
  const stale = config.revocationStale
  const requireNotRevoked = createRequireNotRevoked({ revocations, stale })
  const signals = createTokenSignals({ requireNotRevoked, onRevoked: revocations.onRevoked, clock })
  app.decorate('signalFor', signals.signalFor)
  app.closing.addEventListener('abort', signals.close)
  app.decorateRequest('principal', null)
  const rows = { sessions: sessionRows, staleRevocations: stale }
  return {
    guard: createGuard(createAuthenticate({ transport, verifyAccessToken, revocations, ...rows, clock })),
    serviceAuth: createServiceAuth(config.serviceCredentials),
  }
}
