/** `request.principal`: who a verified request speaks for. The server adds no other member to requests. */
import type { FastifyRequest } from 'fastify'
import type { Principal } from '../tokens/principal.ts'
import type { SignalFor } from './signal-for.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Set after `authenticate`, null elsewhere. */
    principal: Principal | null
  }
  interface FastifyInstance {
    /** A signal that aborts when the access token of a principal ends. */
    signalFor: SignalFor
  }
}

/** Sets the principal of a request. */
export function setPrincipal(request: FastifyRequest, principal: Principal): void {
  request.principal = principal
}

/** The principal of a request that passed `authenticate`. Throws on a route without it, which is a bug of the server. */
export function principalOf(request: FastifyRequest): Principal {
  if (!request.principal) throw new Error('this route reads the principal, but does not use authenticate()')
  return request.principal
}
