/** Shows an administrator what happened, a page at a time. */
import { z } from 'zod'
import type { AuditListStore } from './audit-list-store.ts'
import { createCursors, cutPage } from './cursor.ts'
import { type AuditPage, type AuditQuery, toAuditEvent } from './wire.ts'

// What a bigserial and a timestamptz hold, and more digits than either needs.
const cursors = createCursors(
  'audit',
  z.strictObject({ id: z.string().regex(/^\d{1,18}$/), at: z.int().min(0).max(8_000_000_000_000) }),
)

const toDate = (moment: string | undefined) => (moment === undefined ? undefined : new Date(moment))

/** The newest first. Ends in `invalid_request` where the cursor is not of this list. */
export function createListAudit({ events }: { events: AuditListStore }) {
  return async function listAudit({ cursor, limit, ...query }: AuditQuery): Promise<AuditPage> {
    const filter = {
      subjectId: query.subject_id,
      actorId: query.actor_id,
      sessionId: query.session_id,
      type: query.type,
      from: toDate(query.from),
      to: toDate(query.to),
    }
    const place = cursors.read(cursor)
    const after = place && { id: BigInt(place.id), at: new Date(place.at) }
    const { page, last } = cutPage(await events.page(filter, after, limit + 1), limit)
    const next = last && cursors.write({ id: String(last.id), at: last.at.getTime() })
    return { events: page.map(toAuditEvent), next_cursor: next ?? null }
  }
}

export type ListAudit = ReturnType<typeof createListAudit>
