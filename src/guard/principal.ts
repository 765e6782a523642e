/** Who a verified request speaks for, on the request. The one thing that anything here puts there. */
import type { FastifyRequest } from 'fastify'
import type { Principal } from '../tokens/verify-access-token.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Set behind `authenticate`, null elsewhere. */
    principal: Principal | null
  }
}

/** Says who a request speaks for. */
export function setPrincipal(request: FastifyRequest, principal: Principal): void {
  request.principal = principal
}

/** The principal of a request behind `authenticate`. Throws on a route that was left outside: a mistake of ours. */
export function principalOf(request: FastifyRequest): Principal {
  if (!request.principal) throw new Error('this route reads the principal, but stands outside authenticate()')
  return request.principal
}
