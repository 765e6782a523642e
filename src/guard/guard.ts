/**
 * The guard of a scope: one call adds every hook that its routes need. A request is checked twice. The check before the body
 * is read keeps strangers from making the server read bodies. The check after it matters because a client may hold the body
 * back for seconds, and its session or role may end meanwhile.
 */
import type { App } from '../http/server.ts'
import type { Authenticate, Check, FactorsFor } from './authenticate.ts'
import { requireRole } from './require-role.ts'

type Options = {
  /** Default: `revocation`. */
  check?: Check
  /** The greatest age of the login. Default: any age. */
  maxAgeSeconds?: number | undefined
  /** The number of factors of the login, or a function that returns it for a principal. Default: 1. */
  factors?: FactorsFor | undefined
  /** A role that the user must have. */
  role?: string
}

/**
 * Sets `request.principal` for the routes of a scope. Other requests end as in `authenticate`, or in `forbidden` (403) if the
 * token does not have the role.
 */
export type Guard = (scope: App, options?: Options) => void

export const createGuard = (authenticate: Authenticate): Guard =>
  function guard(scope, { check, maxAgeSeconds, factors, role } = {}) {
    scope.addHook('onRequest', authenticate({ check, early: true }))
    // Check the role before the age of the login, so that users without the role get 403 and no prompt to sign in again.
    if (role !== undefined) scope.addHook('onRequest', requireRole(role))
    // preValidation and not preHandler, so that a refused request learns nothing about the expected body.
    const again = check !== 'session' && maxAgeSeconds === undefined && factors === undefined
    scope.addHook('preValidation', authenticate({ check, maxAgeSeconds, factors, again }))
  }
