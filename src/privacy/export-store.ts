/** Everything that is stored about a person, as of one moment. */
import { recordAudit } from '../audit/audit-store.ts'
import type { Database } from '../database/client.ts'
import {
  type AuditEvent,
  type Mail,
  type OneTimeToken,
  Prisma,
  type Session,
  type User,
} from '../database/generated/client.ts'
import { againIfLost } from '../database/unavailable.ts'
import type { RequestContext } from '../http/request-context.ts'
import type { MailKind } from '../mail/mail.ts'

export type StoredUser = {
  readonly user: User
  readonly sessions: readonly Session[]
  readonly links: readonly OneTimeToken[]
  readonly letters: readonly Mail[]
  readonly events: readonly AuditEvent[]
}

// It waits only where nobody else has the address: whether it does would tell.
const toAnotherAddress: MailKind = 'email_change'

export function createExportStore({ prisma }: Database) {
  return {
    /**
     * The newest first, at most so many of each; null where there is no such account. That it was read is an event too.
     */
    read: (userId: string, sessionId: string, context: RequestContext, most: number): Promise<StoredUser | null> =>
      // A conflict with a change that was committed while this one waited: nothing has been done.
      againIfLost(() =>
        prisma.$transaction(
          async (tx) => {
            // First, so that the moment is one in which nobody changes the account.
            await tx.$queryRaw`SELECT 1 FROM users WHERE id = ${userId}::uuid FOR KEY SHARE`
            const user = await tx.user.findUnique({ where: { id: userId } })
            if (!user) return null
            const who = { actorId: userId, subjectId: userId, sessionId }
            await recordAudit(tx, { type: 'account_exported', ...who, context })
            const newest = { orderBy: { createdAt: 'desc' }, take: most } as const
            const sessions = await tx.session.findMany({ where: { userId }, ...newest })
            const links = await tx.oneTimeToken.findMany({ where: { userId }, ...newest })
            const letters = await tx.mail.findMany({ where: { userId, kind: { not: toAnotherAddress } }, ...newest })
            // Of a session, and not whose it was: as earlier versions wrote it.
            const ofTheirs = { actorId: null, subjectId: null, sessionId: { in: sessions.map(({ id }) => id) } }
            const events = await tx.auditEvent.findMany({
              where: { OR: [{ subjectId: userId }, { actorId: userId }, ofTheirs] },
              orderBy: [{ at: 'desc' }, { id: 'desc' }],
              take: most,
            })
            return { user, sessions, links, letters, events }
          },
          { isolationLevel: Prisma.TransactionIsolationLevel.RepeatableRead },
        ),
      ),
  }
}

export type ExportStore = ReturnType<typeof createExportStore>
