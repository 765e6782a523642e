/** Reads the data that is stored about a user, as of one moment. */
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
import { execute } from '../database/in-transaction.ts'
import { sql } from '../database/sql.ts'
import { againIfLost } from '../database/unavailable.ts'
import type { RequestContext } from '../http/request-context.ts'
import type { MailKind } from '../mail/mail.ts'

export type StoredUser = {
  readonly user: User
  readonly sessions: readonly Session[]
  readonly links: readonly OneTimeToken[]
  readonly mails: readonly Mail[]
  readonly events: readonly AuditEvent[]
}

export type ExportStore = {
  /** The newest rows first, `most` of each kind. Null if there is no such account. The export itself is written to the audit log. */
  readonly read: (
    userId: string,
    sessionId: string,
    context: RequestContext,
    most: number,
  ) => Promise<StoredUser | null>
}

// Such a mail is stored only if no other account has the address, so its presence would tell.
const toAnotherAddress: MailKind = 'email_change'

async function readAll(tx: Prisma.TransactionClient, user: User, most: number): Promise<StoredUser> {
  const userId = user.id
  const newest = { orderBy: { createdAt: 'desc' }, take: most } as const
  const sessions = await tx.session.findMany({ where: { userId }, ...newest })
  const links = await tx.oneTimeToken.findMany({ where: { userId }, ...newest })
  const mails = await tx.mail.findMany({ where: { userId, kind: { not: toAnotherAddress } }, ...newest })
  // Earlier versions wrote some events with the session and without the user.
  const ofSessions = { actorId: null, subjectId: null, sessionId: { in: sessions.map(({ id }) => id) } }
  const events = await tx.auditEvent.findMany({
    where: { OR: [{ subjectId: userId }, { actorId: userId }, ofSessions] },
    orderBy: [{ at: 'desc' }, { id: 'desc' }],
    take: most,
  })
  return { user, sessions, links, mails, events }
}

export function createExportStore({ prisma }: Pick<Database, 'prisma'>): ExportStore {
  return {
    read: (userId, sessionId, context, most) =>
      // A serialization conflict has changed nothing, so the transaction is repeated.
      againIfLost(() =>
        prisma.$transaction(
          async (tx) => {
            // The lock comes first, so that nothing changes the account while it is read.
            await execute(tx, sql`SELECT 1 FROM users WHERE id = ${userId}::uuid FOR KEY SHARE`)
            const user = await tx.user.findUnique({ where: { id: userId } })
            if (!user) return null
            const who = { actorId: userId, subjectId: userId, sessionId }
            await recordAudit(tx, { type: 'account_exported', ...who, context })
            return readAll(tx, user, most)
          },
          { isolationLevel: Prisma.TransactionIsolationLevel.RepeatableRead },
        ),
      ),
  }
}
