/** Audit events in Postgres. A store that changes something writes the event in the same transaction. */
import type { Database } from '../database/client.ts'
import type { Prisma } from '../database/generated/client.ts'
import { execute } from '../database/in-transaction.ts'
import { type Fragment, sql } from '../database/sql.ts'
import type { AuditEvent } from './audit-event.ts'
import { storedContext } from './audit-sql.ts'

/**
 * Writes an event in the transaction of its cause. The caller has locked the row of the user that the event is about. Not for an event that a
 * trigger may count as a repetition: Prisma would miss its row.
 */
export async function recordAudit(tx: Pick<Prisma.TransactionClient, 'auditEvent'>, event: AuditEvent): Promise<void> {
  const { type, actorId, subjectId, sessionId, context, detail } = event
  const ids = { actorId: actorId ?? null, subjectId: subjectId ?? null, sessionId: sessionId ?? null }
  await tx.auditEvent.create({
    data: { type, ...ids, ...storedContext(context), ...(detail ? { detail } : {}) },
    select: { id: true },
  })
}

/**
 * Writes an event when no one has locked the row of the user. The row lock makes a deletion of that user wait, or makes this
 * wait for the deletion. If the user is gone, the event has no ids, address or browser, because no deletion would ever remove
 * them.
 */
export async function recordAboutUser(
  tx: Pick<Prisma.TransactionClient, '$executeRaw'>,
  event: AuditEvent,
  unless: Fragment = sql`false`,
): Promise<void> {
  const { type, actorId = null, subjectId = null, sessionId = null, context, detail } = event
  const { ip, userAgent, requestId } = storedContext(context)
  await execute(
    tx,
    sql`WITH subject AS (
      SELECT id FROM users WHERE id = ${subjectId}::uuid FOR KEY SHARE
    ), personal AS (
      SELECT ${actorId}::uuid, ${subjectId}::uuid, ${sessionId}::uuid, ${ip}::text, ${userAgent}::text
      WHERE ${subjectId}::uuid IS NULL OR EXISTS (SELECT FROM subject)
    ) INSERT INTO audit_events (type, detail, request_id, actor_id, subject_id, session_id, ip, user_agent)
      SELECT ${type}::text, ${detail ? JSON.stringify(detail) : null}::jsonb, ${requestId}::text, personal.*
      FROM (SELECT 1) AS event LEFT JOIN personal ON true WHERE NOT ${unless}`,
  )
}

export type AuditStore = {
  /** Writes an event whose cause changed nothing else, such as a failed login. */
  readonly record: (event: AuditEvent) => Promise<void>
  /** The same, unless the session has such an event with the same detail within the last hour. So nobody fills the log. */
  readonly recordOnceAnHour: (event: AuditEvent & { sessionId: string }) => Promise<void>
}

export function createAuditStore({ prisma }: Pick<Database, 'prisma'>): AuditStore {
  return {
    record: (event) => recordAboutUser(prisma, event),

    recordOnceAnHour: (event) => {
      const detail = JSON.stringify(event.detail ?? null)
      const known = sql`EXISTS (SELECT FROM audit_events WHERE session_id = ${event.sessionId}::uuid AND type = ${event.type}
        AND detail = ${detail}::jsonb AND at > clock_timestamp() - interval '1 hour')`
      return recordAboutUser(prisma, event, known)
    },
  }
}
