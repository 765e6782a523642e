/** Everything that is stored about a person, as of one moment. */
import { recordAudit } from '../audit/audit-store.ts'
import type { Database } from '../database/client.ts'
import { type AuditEvent, Prisma, type Session, type User } from '../database/generated/client.ts'
import type { RequestContext } from '../http/request-context.ts'

export type StoredPerson = {
  readonly user: User
  readonly sessions: readonly Session[]
  readonly events: readonly AuditEvent[]
}

export function createExportStore({ prisma }: Database) {
  return {
    /** The newest first, at most so many of each; null where there is no such account. That it was read is an event too. */
    read: (userId: string, sessionId: string, context: RequestContext, most: number): Promise<StoredPerson | null> =>
      prisma.$transaction(
        async (tx) => {
          const user = await tx.user.findUnique({ where: { id: userId } })
          if (!user) return null
          await recordAudit(tx, { type: 'account_exported', actorId: userId, subjectId: userId, sessionId, context })
          const sessions = await tx.session.findMany({ where: { userId }, orderBy: { createdAt: 'desc' }, take: most })
          const events = await tx.auditEvent.findMany({
            where: { OR: [{ subjectId: userId }, { actorId: userId }] },
            orderBy: [{ at: 'desc' }, { id: 'desc' }],
            take: most,
          })
          return { user, sessions, events }
        },
        { isolationLevel: Prisma.TransactionIsolationLevel.RepeatableRead },
      ),
  }
}

export type ExportStore = ReturnType<typeof createExportStore>
