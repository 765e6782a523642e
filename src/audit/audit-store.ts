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
/** The same, with where a request came from only if so: what is about nobody any more has no use for it. */
export const auditContextValuesIf = (condition: string, parameter: string) =>
  [
    ...['ip', 'userAgent'].map((member) => `CASE WHEN ${condition} THEN ${parameter}::jsonb->>'${member}' END`),
    `${parameter}::jsonb->>'requestId'`,
  ].join(', ')

/** Writes an event down, in the transaction of its cause, which has locked whom it is about. */
export async function recordAudit(tx: Pick<Prisma.TransactionClient, 'auditEvent'>, event: AuditEvent): Promise<void> {
  const { type, actorId, subjectId, sessionId, context, detail } = event
  const ids = { actorId: actorId ?? null, subjectId: subjectId ?? null, sessionId: sessionId ?? null }
  await tx.auditEvent.create({
    data: { type, ...ids, ...fromContext(context), ...(detail ? { detail } : {}) },
    select: { id: true },
  })
}

/**
 * Writes an event down whose cause has not locked whom it is about. The row lock makes their deletion wait, or this wait for
 * it: where they are gone, so are their ids, and where the request came from, because nothing would come to take them out.
 */
export async function recordAboutUser(
  tx: Pick<Prisma.TransactionClient, '$executeRaw'>,
  event: AuditEvent,
): Promise<void> {
  const { type, actorId = null, subjectId = null, sessionId = null, context, detail } = event
  const { ip, userAgent, requestId } = fromContext(context)
  await tx.$executeRaw`WITH person AS (
      SELECT id FROM users WHERE id = ${subjectId}::uuid FOR KEY SHARE
    ), theirs AS (
      SELECT ${actorId}::uuid, ${subjectId}::uuid, ${sessionId}::uuid, ${ip}::text, ${userAgent}::text
      WHERE ${subjectId}::uuid IS NULL OR EXISTS (SELECT FROM person)
    ) INSERT INTO audit_events (type, detail, request_id, actor_id, subject_id, session_id, ip, user_agent)
      SELECT ${type}::text, ${detail ? JSON.stringify(detail) : null}::jsonb, ${requestId}::text, theirs.*
      FROM (SELECT 1) AS event LEFT JOIN theirs ON true`
}

export function createAuditStore({ prisma }: Database) {
  return {
    /** Writes down what changed nothing else, such as a failure. */
    record: (event: AuditEvent): Promise<void> => recordAboutUser(prisma, event),
  }
}

export type AuditStore = ReturnType<typeof createAuditStore>
