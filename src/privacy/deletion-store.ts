/** Deletes a user from the database. Only ids remain, in the audit log. */
import { isAdmin, lockAccount, requireAnotherAdmin } from '../accounts/last-admin-store.ts'
import { recordAudit } from '../audit/audit-store.ts'
import type { Database } from '../database/client.ts'
import type { Prisma } from '../database/generated/client.ts'
import { queryRows } from '../database/in-transaction.ts'
import { sql } from '../database/sql.ts'
import type { RequestContext } from '../http/request-context.ts'
import { postMail } from '../mail/mail-store.ts'
import type { SealedMail } from '../mail/outbox.ts'
import { isLive } from '../sessions/session-sql.ts'

type Deletion = {
  readonly userId: string
  /** The session in which the user asked for it. */
  readonly sessionId: string
  /** Undefined for a user without an email. */
  readonly mail: SealedMail | undefined
  readonly context: RequestContext
}

export type DeletionStore = {
  /**
   * Deletes the account, ends all its sessions, and puts the mail that confirms it into the outbox. False if the account is gone or the
   * session has ended: nothing is deleted. Ends in `last_admin`.
   */
  readonly delete: (deletion: Deletion) => Promise<boolean>
}

// So many rows of each kind go with the account. The cleaning does the rest: a user may have hundreds of thousands.
const eventsAtOnce = 5000
const sessionsAtOnce = 1000

/**
 * Removes addresses and browsers from the audit log: from the user's own actions, from actions of unknown clients about the user (failed
 * logins), and from the user's sessions. The address of an administrator who changed the account stays: it is not the user's. The role of
 * the server may lack the right to change events, so a function of the owner does it. It refuses a user who still exists. Returns the
 * number of events.
 */
async function scrubAudit(
  tx: Prisma.TransactionClient,
  userId: string,
  sessionIds: readonly string[],
): Promise<number> {
  const scrub = sql`SELECT scrub_deleted_user(${userId}::uuid, ${sessionIds}::uuid[], ${eventsAtOnce}) AS scrubbed`
  const [row] = await queryRows<{ scrubbed: number }>(tx, scrub)
  return row?.scrubbed ?? 0
}

/**
 * Locks the own session and up to a thousand others until the transaction ends. The order of locks is the one in which sessions end each
 * other. Sessions that are left are over with their user.
 */
const lockSessions = (tx: Prisma.TransactionClient, { userId, sessionId }: Deletion) =>
  queryRows<{ id: string; isLive: boolean }>(
    tx,
    sql`SELECT s.id, ${isLive} AS "isLive" FROM sessions s JOIN users u ON u.id = s.user_id
    WHERE u.id = ${userId}::uuid AND s.id = ANY(array_append(ARRAY(
      SELECT id FROM sessions WHERE user_id = ${userId}::uuid LIMIT ${sessionsAtOnce}), ${sessionId}::uuid))
    ORDER BY s.id FOR UPDATE OF s`,
  )

export function createDeletionStore({ prisma }: Pick<Database, 'prisma'>): DeletionStore {
  return {
    delete: (deletion) =>
      prisma.$transaction(async (tx) => {
        const { userId, sessionId, mail, context } = deletion
        const user = await lockAccount(tx, userId)
        if (!user) return false
        const sessions = await lockSessions(tx, deletion)
        if (!sessions.some((session) => session.id === sessionId && session.isLive)) return false
        if (isAdmin(user)) await requireAnotherAdmin(tx, userId)
        await tx.mail.deleteMany({ where: { userId } })
        const sessionIds = sessions.map(({ id }) => id)
        // This also deletes the links that were mailed. A trigger announces that every token of the user is over. The sessions go after it,
        // so that none of them is announced by itself.
        await tx.user.delete({ where: { id: userId }, select: { id: true } })
        await tx.session.deleteMany({ where: { id: { in: sessionIds } } })
        await recordAudit(tx, { type: 'account_deleted', actorId: userId, subjectId: userId, sessionId, context })
        if ((await scrubAudit(tx, userId, sessionIds)) === eventsAtOnce)
          await tx.deletedUser.create({ data: { id: userId } })
        if (mail) await postMail(tx, mail)
        return true
      }),
  }
}
