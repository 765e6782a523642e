/**
 * Who is let into a scope: one line stands for every hook that it takes. A request is looked at twice: when its headers are
 * there, so that nobody unknown has a body read, and when its body is there, because a client may hold that back for
 * seconds, and may be signed out or demoted meanwhile.
 */
import type { App } from '../http/server.ts'
import type { Authenticate, Check } from './authenticate.ts'
import { requireRole } from './require-role.ts'

type Options = {
  check?: Check
  /** How long ago the person may have proved who they are; any time, where it is left out. */
  maxAgeSeconds?: number | undefined
  /** A role that the person must have. */
  role?: string
}

export const createGuard = (authenticate: Authenticate) =>
  /**
   * Sets `request.principal` for the routes of a scope, and ends other requests as `authenticate` does; before that, in
   * `forbidden` (403) where the token does not say the role: who may not do it anyway is not asked for a password.
   */
  function guard(scope: App, { check, maxAgeSeconds, role }: Options = {}): void {
    scope.addHook('onRequest', authenticate({ check, early: true }))
    if (role !== undefined) scope.addHook('onRequest', requireRole(role))
    // Not preHandler: who is not let in is not told either what a body should look like.
    const again = check !== 'session' && maxAgeSeconds === undefined
    scope.addHook('preValidation', authenticate({ check, maxAgeSeconds, again }))
  }

export type Guard = ReturnType<typeof createGuard>
