/** The hook behind `authenticate` on routes that only some of the signed-in may use. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { AppError } from '../errors.ts'
import { principalOf } from './principal.ts'

type Done = (error?: Error) => void

/**
 * An onRequest hook that lets through whose token says this role, and ends every other request in `forbidden` (403). It
 * reads nothing: a token whose roles are out of date has been ended, because a change of roles raises the token version.
 */
export function requireRole(role: string) {
  return function requireRoleOfPrincipal(request: FastifyRequest, _reply: FastifyReply, done: Done): void {
    done(principalOf(request).roles.includes(role) ? undefined : new AppError('forbidden'))
  }
}
