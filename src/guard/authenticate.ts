/**
 * The hook that lets a request through to a route that needs a login. How hard it looks is one option:
 *
 *   signature    nothing is read; a stolen token works until it expires
 *   revocation   memory is read; a stolen token dies within a second of logout (the default)
 *   session      the session row is read; a stolen token dies at once
 */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { AppError } from '../errors.ts'
import { hasBody } from '../http/browser/csrf.ts'
import type { TokenTransport } from '../http/browser/token-transport.ts'
import type { RevocationFollower } from '../revocations/follow-revocations.ts'
import type { VerifyAccessToken } from '../tokens/verify-access-token.ts'
import { setPrincipal } from './principal.ts'
import { createRequireNotRevoked } from './require-not-revoked.ts'
import { createRequireRecent } from './require-recent.ts'

export type Check = 'signature' | 'revocation' | 'session'

type Dependencies = {
  transport: TokenTransport
  verifyAccessToken: VerifyAccessToken
  revocations: Pick<RevocationFollower, 'isRevoked' | 'ageMs'>
  /** Whether `revocation` relies on a set of revocations that could not be renewed for long. */
  staleRevocations: 'open' | 'closed'
  sessions: { isLive(sessionId: string, userId: string, tokenVersion: number): Promise<boolean> }
  /** Milliseconds since 1970. */
  clock: () => number
}
type Options = {
  check?: Check | undefined
  /** How long ago the person may have proved who they are; any time, where it is left out. */
  maxAgeSeconds?: number | undefined
  /** Does not read the session row yet: another look follows when the body is there. */
  early?: boolean
  /** The second look of a request, which only one that brought a body needs. */
  again?: boolean
}
type Done = (error?: Error) => void

export function createAuthenticate(given: Dependencies) {
  const { transport, verifyAccessToken, revocations, staleRevocations, sessions, clock } = given

  const identify = (request: FastifyRequest) => {
    const token = transport.accessToken(request)
    if (token === undefined) throw new AppError('authentication_required')
    return verifyAccessToken(token)
  }

  const requireNotRevoked = createRequireNotRevoked({ revocations, stale: staleRevocations })
  const requireRecent = createRequireRecent(clock)

  /**
   * A hook that looks once, when it is run, and sets `request.principal`, or ends the request in `authentication_required` or
   * `invalid_token`: 401 with the challenge of RFC 6750 §3; or in `csrf_rejected` (403), where an unsafe request comes
   * with a cookie and might be another site's doing; or, where the operator says so, in
   * `not_ready` (503) while revocations cannot be learnt of. With `maxAgeSeconds`, a token that is good otherwise ends in
   * `reauthentication_required` where its person proved who they are longer ago: 401 with the challenge of RFC 9470 §3.
   * For a scope, use `guard`: a request that was looked at when it began may take ten seconds to bring its body.
   */
  return function authenticate({ check = 'revocation', maxAgeSeconds, early = false, again = false }: Options = {}) {
    if (check === 'session' && !early) {
      return async function authenticateSession(request: FastifyRequest): Promise<void> {
        const principal = identify(request)
        const { sessionId, userId, tokenVersion } = principal
        if (!(await sessions.isLive(sessionId, userId, tokenVersion))) throw new AppError('invalid_token')
        requireRecent(principal, maxAgeSeconds)
        setPrincipal(request, principal)
      }
    }
    return function authenticateToken(request: FastifyRequest, _reply: FastifyReply, done: Done): void {
      if (again && !hasBody(request)) return done()
      try {
        const principal = identify(request)
        // The row will tell, however old what memory knows is: here it only spares a body.
        if (check === 'session' && revocations.isRevoked(principal)) throw new AppError('invalid_token')
        if (check === 'revocation') requireNotRevoked(principal)
        requireRecent(principal, maxAgeSeconds)
        setPrincipal(request, principal)
        done()
      } catch (error) {
        done(error as Error)
      }
    }
  }
}

export type Authenticate = ReturnType<typeof createAuthenticate>
