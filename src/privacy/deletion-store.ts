/** Deletes a user from the database. Only ids remain, in the audit log. */
import { isAdmin, lockAccount, requireAnotherAdmin } from '../accounts/last-admin-store.ts'
import { recordAudit } from '../audit/audit-store.ts'
import type { Database } from '../database/client.ts'
import type { Prisma } from '../database/generated/client.ts'
import { queryRows } from '../database/in-transaction.ts'
import { sql } from '../database/sql.ts'
import { eachInItsOwnTime } from '../database/time-limit.ts'
import type { RequestContext } from '../http/request-context.ts'
import { postMail } from '../mail/mail-store.ts'
import type { SealedMail } from '../mail/outbox.ts'
import { isLive } from '../sessions/session-sql.ts'

type Deletion = {
  readonly userId: string
  /** The session in which the user asked for it. */
  readonly sessionId: string
  readonly mail: SealedMail
  readonly context: RequestContext
}

export type DeletionStore = {
  /**
   * Deletes the account with all its rows, and puts the mail that confirms it into the outbox. Returns the ids of the sessions that
   * ended. Undefined if the account is gone or the session has ended: nothing is deleted. Ends in `last_admin`.
   */
  readonly delete: (deletion: Deletion) => Promise<readonly string[] | undefined>
}

// A statement may take a second and a half. An account that was attacked for months has very many events.
const eventsAtOnce = 5000
const transactionMilliseconds = 8000

/**
 * Removes addresses and browsers from the audit log: from the user's own actions, from actions of unknown clients about the user (failed
 * logins), and from the user's sessions. The address of an administrator who changed the account stays: it is not the user's. The role of
 * the server may lack the right to change events, so a function of the owner does it. It refuses a user who still exists.
 */
async function scrubAudit(tx: Prisma.TransactionClient, userId: string, sessionIds: readonly string[]): Promise<void> {
  for (let scrubbed = eventsAtOnce; scrubbed === eventsAtOnce; ) {
    const scrub = sql`SELECT scrub_deleted_user(${userId}::uuid, ${sessionIds}::uuid[], ${eventsAtOnce}) AS scrubbed`
    const [row] = await queryRows<{ scrubbed: number }>(tx, scrub)
    scrubbed = row?.scrubbed ?? 0
  }
}

/** Every session of the user, locked until the transaction ends. The order of locks is the one in which sessions end each other. */
const lockSessions = (tx: Prisma.TransactionClient, userId: string) =>
  queryRows<{ id: string; isLive: boolean }>(
    tx,
    sql`SELECT s.id, ${isLive} AS "isLive" FROM sessions s WHERE s.user_id = ${userId}::uuid ORDER BY s.id FOR UPDATE`,
  )

export function createDeletionStore({ prisma }: Pick<Database, 'prisma'>): DeletionStore {
  const deleteIn = async (tx: Prisma.TransactionClient, { userId, sessionId, mail, context }: Deletion) => {
    const user = await lockAccount(tx, userId)
    if (!user) return undefined
    const sessions = await lockSessions(tx, userId)
    if (!sessions.some((session) => session.id === sessionId && session.isLive)) return undefined
    if (isAdmin(user)) await requireAnotherAdmin(tx, userId)
    const sessionIds = sessions.map(({ id }) => id)
    await tx.mail.deleteMany({ where: { userId } })
    // This also deletes the user's sessions, each of which a trigger announces, and the links that were mailed.
    await tx.user.delete({ where: { id: userId }, select: { id: true } })
    await recordAudit(tx, { type: 'account_deleted', actorId: userId, subjectId: userId, sessionId, context })
    await scrubAudit(tx, userId, sessionIds)
    await postMail(tx, mail)
    return sessionIds
  }

  return {
    delete: (deletion) =>
      eachInItsOwnTime(() => prisma.$transaction((tx) => deleteIn(tx, deletion), { timeout: transactionMilliseconds })),
  }
}
