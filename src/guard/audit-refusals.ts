/** Writes refused requests of signed-in users to the audit log. A scope uses it if its refusals matter to an operator. */
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import type { AuditStore } from '../audit/audit-store.ts'
import { AppError, type ErrorCode } from '../errors.ts'
import { contextOf } from '../http/request-context.ts'
import type { App } from '../http/server.ts'

const refusals: ReadonlySet<ErrorCode> = new Set(['forbidden', 'reauthentication_required', 'second_factor_required'])

/**
 * Call it before `guard`. A user without the role, or with a login that is too old or lacks a second factor, leaves the event `admin_refused`. The answer waits for
 * the event, and does not depend on it: without the database, the log gets a line. A request without a valid token leaves none.
 */
export function auditRefusals(scope: App, { recordOnceAnHour }: Pick<AuditStore, 'recordOnceAnHour'>): void {
  scope.addHook('onError', async (request: FastifyRequest, _reply: FastifyReply, error: FastifyError) => {
    const { principal, routeOptions } = request
    if (!(error instanceof AppError) || !refusals.has(error.code) || !principal) return
    const { userId, sessionId } = principal
    const detail = { route: `${request.method} ${routeOptions.url ?? ''}`, code: error.code }
    const who = { actorId: userId, subjectId: userId, sessionId }
    await recordOnceAnHour({ type: 'admin_refused', ...who, context: contextOf(request), detail }).catch(
      (err: unknown) => request.log.warn({ err }, 'a refused request could not be written to the audit log'),
    )
  })
}
