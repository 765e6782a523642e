/** Pages of audit events, newest first; every filter is a range of an index of its own. */
import type { Database } from '../database/client.ts'
import type { AuditEvent, Prisma } from '../database/generated/client.ts'

export type StoredAuditEvent = AuditEvent

export type AuditFilter = {
  readonly subjectId?: string | undefined
  readonly actorId?: string | undefined
  readonly sessionId?: string | undefined
  readonly type?: string | undefined
  readonly from?: Date | undefined
  /** Exclusive. */
  readonly to?: Date | undefined
}
/** The last row of the page before. */
export type AuditPosition = { readonly at: Date; readonly id: bigint }

export function createAuditListStore({ prisma }: Database) {
  return {
    page(
      { from, to, ...equal }: AuditFilter,
      after: AuditPosition | undefined,
      rows: number,
    ): Promise<StoredAuditEvent[]> {
      const ids = Object.fromEntries(Object.entries(equal).filter(([, value]) => value !== undefined))
      const and: Prisma.AuditEventWhereInput[] = []
      if (from) and.push({ at: { gte: from } })
      if (to) and.push({ at: { lt: to } })
      // The first is implied by the second, and is the one that a range of the index can begin at.
      if (after) and.push({ at: { lte: after.at } }, { OR: [{ at: { lt: after.at } }, { id: { lt: after.id } }] })
      return prisma.auditEvent.findMany({
        where: { ...ids, AND: and },
        orderBy: [{ at: 'desc' }, { id: 'desc' }],
        take: rows,
      })
    },
  }
}

export type AuditListStore = ReturnType<typeof createAuditListStore>
