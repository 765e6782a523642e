/** Removes a person from the database, and leaves of them nothing but ids that lead nowhere. */

import { isAdmin, lockAccount, requireAnotherAdmin } from '../accounts/last-admin-store.ts'
import { recordAudit } from '../audit/audit-store.ts'
import type { Database } from '../database/client.ts'
import { Prisma } from '../database/generated/client.ts'
import { eachInItsOwnTime } from '../database/time-limit.ts'
import type { RequestContext } from '../http/request-context.ts'
import { postMail } from '../mail/mail-store.ts'
import type { SealedMail } from '../mail/outbox.ts'
import { isLive } from '../sessions/session-store.ts'

type Deletion = {
  readonly userId: string
  /** The session in which the person asked for it. */
  readonly sessionId: string
  readonly letter: SealedMail
  readonly context: RequestContext
}

// A statement may take a second and a half. Somebody whose password was guessed at for months has many events.
const eventsAtOnce = 5000
const transactionMilliseconds = 8000

/**
 * Where their requests came from goes out of the audit log: of what they did, of what nobody known did to them (a failed
 * login), and of their sessions. An administrator's address on what was done to them is not theirs.
 */
async function scrubAudit(tx: Prisma.TransactionClient, userId: string, sessionIds: readonly string[]): Promise<void> {
  for (let scrubbed = eventsAtOnce; scrubbed === eventsAtOnce; ) {
    scrubbed = await tx.$executeRaw`UPDATE audit_events SET ip = NULL, user_agent = NULL WHERE id IN (
      SELECT id FROM audit_events WHERE (ip IS NOT NULL OR user_agent IS NOT NULL)
        AND (actor_id = ${userId}::uuid OR (actor_id IS NULL
          AND (subject_id = ${userId}::uuid OR session_id = ANY(${sessionIds}::uuid[]))))
      LIMIT ${eventsAtOnce})`
  }
}

/**
 * Every session of the person, and whether it goes on. They stay as they are until the transaction ends: locked in one order,
 * the one in which devices sign each other out.
 */
const lockSessions = (tx: Prisma.TransactionClient, userId: string) =>
  tx.$queryRaw<{ id: string; isLive: boolean }[]>`SELECT s.id, ${Prisma.raw(isLive)} AS "isLive" FROM sessions s
    WHERE s.user_id = ${userId}::uuid ORDER BY s.id FOR UPDATE`

export function createDeletionStore({ prisma }: Database) {
  return {
    /**
     * Deletes the account with all that hangs on it, and posts the letter that says so. Returns the sessions that ended with
     * it; undefined where the account is gone or the session does not go on, and nothing is deleted. Ends in `last_admin`.
     */
    delete: ({ userId, sessionId, letter, context }: Deletion): Promise<readonly string[] | undefined> =>
      eachInItsOwnTime(() =>
        prisma.$transaction(
          async (tx) => {
            const user = await lockAccount(tx, userId)
            if (!user) return undefined
            const sessions = await lockSessions(tx, userId)
            if (!sessions.some((session) => session.id === sessionId && session.isLive)) return undefined
            if (isAdmin(user)) await requireAnotherAdmin(tx, userId)
            const sessionIds = sessions.map(({ id }) => id)
            await tx.mail.deleteMany({ where: { userId } })
            // With it go sessions, each announced by a trigger, and links that were mailed.
            await tx.user.delete({ where: { id: userId }, select: { id: true } })
            await recordAudit(tx, { type: 'account_deleted', actorId: userId, subjectId: userId, sessionId, context })
            await scrubAudit(tx, userId, sessionIds)
            await postMail(tx, letter)
            return sessionIds
          },
          { timeout: transactionMilliseconds },
        ),
      ),
  }
}

export type DeletionStore = ReturnType<typeof createDeletionStore>
