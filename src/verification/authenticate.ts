/**
 * The hook that lets a request through to a route that needs a login. How hard it looks is one option:
 *
 *   signature    nothing is read; a stolen token works until it expires
 *   revocation   memory is read; a stolen token dies within a second of logout (the default)
 *   session      the session row is read; a stolen token dies at once
 */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { AppError } from '../errors.ts'
import type { Credentials } from '../http/credentials.ts'
import { type RevocationFeed, untrustedAfterMs } from './revocation-feed.ts'
import type { Principal, VerifyAccessToken } from './verify-access-token.ts'

export type Check = 'signature' | 'revocation' | 'session'

declare module 'fastify' {
  interface FastifyRequest {
    /** Who the request speaks for: set behind `authenticate`, null elsewhere. */
    principal: Principal | null
  }
}

type Given = {
  credentials: Credentials
  verifyAccessToken: VerifyAccessToken
  revocations: Pick<RevocationFeed, 'isRevoked' | 'ageMs'>
  /** Whether `revocation` relies on a set of revocations that could not be renewed for long. */
  staleRevocations: 'open' | 'closed'
  sessions: { isLive(sessionId: string, userId: string, tokenVersion: number): Promise<boolean> }
}
type Done = (error?: Error) => void

export function createAuthenticate(given: Given) {
  const { credentials, verifyAccessToken, revocations, staleRevocations, sessions } = given

  const identify = (request: FastifyRequest) => {
    const token = credentials.accessToken(request)
    if (token === undefined) throw new AppError('authentication_required')
    return verifyAccessToken(token)
  }

  const requireNotRevoked = (principal: Principal) => {
    if (revocations.isRevoked(principal)) throw new AppError('invalid_token')
    if (staleRevocations === 'closed' && revocations.ageMs() > untrustedAfterMs) {
      throw new AppError('not_ready', { retryAfterSeconds: 5 })
    }
  }

  /**
   * An onRequest hook that sets `request.principal`, or ends the request in `authentication_required` or
   * `invalid_token`: 401 with the challenge of RFC 6750 §3; or in `csrf_rejected` (403), where an unsafe request comes
   * with a cookie and might be another site's doing; or, where the operator says so, in
   * `not_ready` (503) while revocations cannot be learnt of.
   */
  return function authenticate({ check = 'revocation' }: { check?: Check } = {}) {
    if (check === 'session') {
      return async function authenticateSession(request: FastifyRequest): Promise<void> {
        const principal = identify(request)
        const { sessionId, userId, tokenVersion } = principal
        if (!(await sessions.isLive(sessionId, userId, tokenVersion))) throw new AppError('invalid_token')
        request.principal = principal
      }
    }
    return function authenticateToken(request: FastifyRequest, _reply: FastifyReply, done: Done): void {
      try {
        const principal = identify(request)
        if (check === 'revocation') requireNotRevoked(principal)
        request.principal = principal
        done()
      } catch (error) {
        done(error as Error)
      }
    }
  }
}

export type Authenticate = ReturnType<typeof createAuthenticate>

/** The principal of a request behind `authenticate`. Throws on a route that was left outside: a mistake of ours. */
export function principalOf(request: FastifyRequest): Principal {
  if (!request.principal) throw new Error('this route reads the principal, but stands outside authenticate()')
  return request.principal
}
