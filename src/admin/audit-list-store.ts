/** Pages of audit events, the newest first. Every filter is a range of an index of its own. */
import type { Database } from '../database/client.ts'
import type { AuditEvent, Prisma } from '../database/generated/client.ts'

export type StoredAuditEvent = AuditEvent

export type AuditFilter = {
  readonly subjectId?: string | undefined
  readonly actorId?: string | undefined
  readonly sessionId?: string | undefined
  readonly type?: string | undefined
  readonly from?: Date | undefined
  /** Events before this time. */
  readonly to?: Date | undefined
}
/** The last row of the page before. */
export type AuditPosition = { readonly at: Date; readonly id: bigint }

export type AuditListStore = {
  /** The next page after a position, the newest first. */
  readonly page: (
    filter: AuditFilter,
    after: AuditPosition | undefined,
    rows: number,
  ) => Promise<readonly StoredAuditEvent[]>
}

export function createAuditListStore({ prisma }: Pick<Database, 'prisma'>): AuditListStore {
  return {
    page({ from, to, ...equal }, after, rows) {
      const ids = Object.fromEntries(Object.entries(equal).filter(([, value]) => value !== undefined))
      const and: Prisma.AuditEventWhereInput[] = []
      if (from) and.push({ at: { gte: from } })
      if (to) and.push({ at: { lt: to } })
      // The second condition implies the first. The first is there because a range of the index can begin at it.
      if (after) and.push({ at: { lte: after.at } }, { OR: [{ at: { lt: after.at } }, { id: { lt: after.id } }] })
      return prisma.auditEvent.findMany({
        where: { ...ids, AND: and },
        orderBy: [{ at: 'desc' }, { id: 'desc' }],
        take: rows,
      })
    },
  }
}
