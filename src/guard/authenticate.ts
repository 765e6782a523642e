/**
 * The hook that lets a request with a valid access token through to a route. Its `check` says how hard it looks at the token:
 *
 *   signature    It reads nothing. A stolen token works until it expires.
 *   revocation   It reads the denylist in memory. A stolen token stops working within a second of logout. The default.
 *   session      It reads the session row. A stolen token stops working at once.
 */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { AppError } from '../errors.ts'
import { hasBody } from '../http/browser/csrf.ts'
import type { TokenTransport } from '../http/browser/token-transport.ts'
import type { RevocationFollower } from '../revocations/follow-revocations.ts'
import type { Principal } from '../tokens/principal.ts'
import type { VerifyAccessToken } from '../tokens/verify-access-token.ts'
import { setPrincipal } from './principal.ts'
import { createRequireNotRevoked } from './require-not-revoked.ts'
import { createRequireStepUp, type Factors } from './require-step-up.ts'

export type Check = 'signature' | 'revocation' | 'session'

type Dependencies = {
  transport: TokenTransport
  verifyAccessToken: VerifyAccessToken
  revocations: Pick<RevocationFollower, 'isRevoked' | 'ageMs'>
  /** Whether `revocation` accepts tokens (`open`) or refuses them (`closed`) while the denylist is stale. */
  staleRevocations: 'open' | 'closed'
  sessions: { isLive(sessionId: string, userId: string, tokenVersion: number): Promise<boolean> }
  /** Milliseconds since 1970. */
  clock: () => number
}
/** How many factors a route requires of a user. A function may return a promise with the check `session` only. */
export type FactorsFor = Factors | ((principal: Principal) => Factors | Promise<Factors>)
type Options = {
  /** Default: `revocation`. */
  check?: Check | undefined
  /** The greatest age of the login. Default: any age. */
  maxAgeSeconds?: number | undefined
  /** The number of factors of the login, or a function that returns it for a principal. Default: 1. */
  factors?: FactorsFor | undefined
  /** The check before the body arrives. It does not read the session row, because a second check follows. */
  early?: boolean
  /** The second check of a request. Only a request with a body needs it. */
  again?: boolean
}
type Done = (error?: Error) => void
type Hook =
  | ((request: FastifyRequest) => Promise<void>)
  | ((request: FastifyRequest, reply: FastifyReply, done: Done) => void)

/**
 * Returns a hook that checks the access token when it runs, and sets `request.principal`. The request ends in:
 * - `authentication_required`, `invalid_token`, `token_expired` or `token_revoked`: 401 with the challenge of RFC 6750 §3;
 * - `csrf_rejected` (403) if it is unsafe, comes with a cookie, and may be sent by another site;
 * - `not_ready` (503) if the denylist is stale and the operator chose to refuse tokens then;
 * - `reauthentication_required` if the login is older than `maxAgeSeconds`: 401 with the challenge of RFC 9470 §3;
 * - `second_factor_required` if it has fewer `factors`, with the same challenge.
 *
 * Use `guard` for a scope: the body of a request may arrive seconds after this hook, and the session may end meanwhile.
 */
export type Authenticate = (options?: Options) => Hook

export function createAuthenticate(dependencies: Dependencies): Authenticate {
  const { transport, verifyAccessToken, revocations, staleRevocations, sessions, clock } = dependencies

  const identify = (request: FastifyRequest) => {
    const token = transport.accessToken(request)
    if (token === undefined) throw new AppError('authentication_required')
    return verifyAccessToken(token)
  }

  const requireNotRevoked = createRequireNotRevoked({ revocations, stale: staleRevocations })
  const requireStepUp = createRequireStepUp(clock)

  return function authenticate(options = {}) {
    const { check = 'revocation', maxAgeSeconds, factors, early = false, again = false } = options
    const factorsFor = (principal: Principal) => (typeof factors === 'function' ? factors(principal) : factors)
    if (check === 'session' && !early) {
      return async function authenticateSession(request: FastifyRequest): Promise<void> {
        const principal = identify(request)
        const { sessionId, userId, tokenVersion } = principal
        if (!(await sessions.isLive(sessionId, userId, tokenVersion))) throw new AppError('token_revoked')
        requireStepUp(principal, { maxAgeSeconds, factors: await factorsFor(principal) })
        setPrincipal(request, principal)
      }
    }
    return function authenticateToken(request: FastifyRequest, _reply: FastifyReply, done: Done): void {
      if (again && !hasBody(request)) return done()
      try {
        const principal = identify(request)
        // The session row decides later, so a stale denylist does no harm. This check only avoids reading the body of a
        // request that will be refused anyway.
        if (check === 'session' && revocations.isRevoked(principal)) throw new AppError('token_revoked')
        if (check === 'revocation') requireNotRevoked(principal)
        // A promise, for which only the check `session` can wait, is no number and is refused.
        requireStepUp(principal, { maxAgeSeconds, factors: factorsFor(principal) as Factors | undefined })
        setPrincipal(request, principal)
        done()
      } catch (error) {
        done(error as Error)
      }
    }
  }
}
