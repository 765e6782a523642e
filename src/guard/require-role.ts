/** The hook that requires a role. It runs after `authenticate`. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { AppError } from '../errors.ts'
import { principalOf } from './principal.ts'

type Done = (error?: Error) => void

/**
 * Returns an onRequest hook that ends a request in `forbidden` (403) if its token does not have the role. The hook reads
 * nothing but the token. A change of roles raises the token version, so tokens with the old roles are revoked.
 */
export function requireRole(role: string) {
  return function requireRoleOfPrincipal(request: FastifyRequest, _reply: FastifyReply, done: Done): void {
    done(principalOf(request).roles.includes(role) ? undefined : new AppError('forbidden'))
  }
}
