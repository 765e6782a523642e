/** Lists audit events for an administrator, page by page. */
import { z } from 'zod'
import { createCursors, cutPage } from '../http/cursor.ts'
import type { AuditListStore } from './audit-list-store.ts'
import { type AuditPage, type AuditQuery, toAuditEvent } from './wire.ts'

// The bounds of a bigserial and of a timestamptz.
const cursors = createCursors(
  'audit',
  z.strictObject({ id: z.string().regex(/^\d{1,18}$/), at: z.int().min(0).max(8_000_000_000_000) }),
)

const toDate = (moment: string | undefined) => (moment === undefined ? undefined : new Date(moment))

/** A page of events, the newest first. Ends in `invalid_request` if the cursor is not of this list. */
export type ListAudit = (query: AuditQuery) => Promise<AuditPage>

export function createListAudit({ events }: { events: AuditListStore }): ListAudit {
  return async function listAudit({ cursor, limit, ...query }) {
    const filter = {
      subjectId: query.subject_id,
      actorId: query.actor_id,
      sessionId: query.session_id,
      type: query.type,
      from: toDate(query.from),
      to: toDate(query.to),
    }
    const position = cursors.read(cursor)
    const after = position && { id: BigInt(position.id), at: new Date(position.at) }
    const { page, last } = cutPage(await events.page(filter, after, limit + 1), limit)
    const next = last && cursors.write({ id: String(last.id), at: last.at.getTime() })
    return { events: page.map(toAuditEvent), next_cursor: next ?? null }
  }
}
