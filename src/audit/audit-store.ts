/** Audit events in Postgres. A store that changes something writes the event in the same transaction. */
import type { Database } from '../database/client.ts'
import type { Prisma } from '../database/generated/client.ts'
import type { RequestContext } from '../http/request-context.ts'
import type { AuditEvent } from './audit-event.ts'

const longestUserAgent = 300

/** What stands in a request's context, as it is stored. */
const fromContext = (context: RequestContext | undefined) => ({
  ip: context?.ip ?? null,
  userAgent: context?.userAgent?.slice(0, longestUserAgent) ?? null,
  requestId: context?.requestId ?? null,
})

/** For statements by hand: the context as a JSON parameter, and an INSERT's columns and values that take it apart. */
export const contextParameter = (context: RequestContext) => JSON.stringify(fromContext(context))
export const auditContextColumns = 'ip, user_agent, request_id'
export const auditContextValues = (parameter: string) =>
  ['ip', 'userAgent', 'requestId'].map((member) => `${parameter}::jsonb->>'${member}'`).join(', ')

/** Writes an event down, in the transaction of its cause. */
export async function recordAudit(tx: Pick<Prisma.TransactionClient, 'auditEvent'>, event: AuditEvent): Promise<void> {
  const { type, actorId, subjectId, sessionId, context, detail } = event
  const ids = { actorId: actorId ?? null, subjectId: subjectId ?? null, sessionId: sessionId ?? null }
  await tx.auditEvent.create({
    data: { type, ...ids, ...fromContext(context), ...(detail ? { detail } : {}) },
    select: { id: true },
  })
}

export function createAuditStore({ prisma }: Database) {
  return {
    /** Writes down what changed nothing else, such as a failure. */
    record: (event: AuditEvent): Promise<void> => recordAudit(prisma, event),
  }
}

export type AuditStore = ReturnType<typeof createAuditStore>
