/**
 * What changes a password, in Postgres. Whatever ends with it, ends in the same transaction, which takes the person's row
 * first: a login that checked the old password either is seen here or does not begin.
 */
import { randomUUID } from 'node:crypto'
import { passwordOf } from '../accounts/account-store.ts'
import { recordAboutUser, recordAudit } from '../audit/audit-store.ts'
import type { Database } from '../database/client.ts'
import { Prisma } from '../database/generated/client.ts'
import { AppError } from '../errors.ts'
import type { RequestContext } from '../http/request-context.ts'
import { postMail } from '../mail/mail-store.ts'
import type { SealedMail } from '../mail/outbox.ts'
import { endingSessions, endSessionsOf } from '../sessions/end-sessions-store.ts'
import { isLive } from '../sessions/session-store.ts'

type Tx = Prisma.TransactionClient

// Of tokens t and users u: the ones that set a new password now. Not for another address than the one it was sent to, which
// may have been somebody's who has lost it.
const isUsable = (hash: Buffer) => Prisma.sql`t.hash = ${hash} AND t.purpose = 'password_reset'
  AND t.expires_at > statement_timestamp() AND u.id = t.user_id AND u.disabled_at IS NULL AND t.email = u.email
  AND t.bound_to = ${Prisma.raw(passwordOf('u'))}`

/** Takes back the links that let somebody in: to a new password, and to another address for the account. */
const takeLinksBack = (tx: Tx, userId: string) =>
  tx.oneTimeToken.deleteMany({ where: { userId, purpose: { in: ['password_reset', 'email_change'] } } })

// The person's row is locked: a reset came before, or waits. A device that signs this one out a moment later has come later.
async function requireLive(tx: Tx, { userId, sessionId }: { userId: string; sessionId: string }): Promise<void> {
  const live = await tx.$queryRaw<unknown[]>`SELECT 1 FROM sessions s
    WHERE s.id = ${sessionId}::uuid AND s.user_id = ${userId}::uuid AND ${Prisma.raw(isLive)}`
  if (live.length === 0) throw new AppError('invalid_token')
}

export type Ended = { readonly sessionIds: readonly string[] }

export function createPasswordStore({ prisma }: Database) {
  return {
    /**
     * Replaces the password and ends the person's sessions, those to be kept aside; undefined where the password is not
     * the one that was checked any more. Ends in `invalid_token` where the session has ended while passwords were hashed.
     */
    change: (change: {
      userId: string
      sessionId: string
      keepOthers: boolean
      from: string
      to: string
      mail: SealedMail
      context: RequestContext
    }): Promise<Ended | undefined> =>
      prisma.$transaction(async (tx) => {
        const { userId, sessionId, from, to, context } = change
        const where = { id: userId, passwordHash: from, disabledAt: null }
        const { count } = await tx.user.updateMany({ where, data: { passwordHash: to } })
        if (count === 0) return undefined
        await requireLive(tx, change)
        await takeLinksBack(tx, userId)
        const ending = { userId, reason: 'password_changed', except: sessionId } as const
        const sessionIds = change.keepOthers ? [] : await endSessionsOf(tx, ending)
        const who = { actorId: userId, subjectId: userId, sessionId }
        const detail = { sessions_ended: sessionIds.length, others_kept: change.keepOthers }
        await recordAudit(tx, { type: 'password_changed', ...who, context, detail })
        await postMail(tx, change.mail)
        return { sessionIds }
      }, endingSessions),

    /**
     * Writes a token and its letter for a person, or none: where there is no such person, where they got one less than
     * `pauseSeconds` ago or are getting one now, or where the account is disabled. Which of these it was, neither the
     * answer nor the work tells: one statement, that writes down that somebody asked, whoever it is about.
     */
    request: (asked: {
      userId: string | null
      email: string
      emailKey: string
      hash: Buffer
      lifeSeconds: number
      pauseSeconds: number
      mostLive: number
      mail: SealedMail
      context: RequestContext
    }): Promise<void> =>
      prisma.$transaction(async (tx) => {
        const { userId, email, hash, mail, context } = asked
        // By the address, known or not. Who comes second does not wait: the first sends the letter.
        const [lock] = await tx.$queryRaw<{ taken: boolean }[]>`
          SELECT pg_try_advisory_xact_lock(hashtext('password_reset'), hashtext(${asked.emailKey})) AS taken`
        const mine = Prisma.sql`user_id = ${userId}::uuid AND purpose = 'password_reset'`
        const [written] = await tx.$queryRaw<{ sent: boolean }[]>`
          WITH u AS (
            SELECT * FROM users WHERE id = ${userId}::uuid AND email = ${email} AND disabled_at IS NULL
              AND ${lock?.taken ?? false} AND NOT EXISTS (SELECT FROM one_time_tokens WHERE ${mine}
                AND created_at > statement_timestamp() - ${asked.pauseSeconds} * interval '1 second')
            FOR SHARE
          ), made AS (
            INSERT INTO one_time_tokens (id, user_id, purpose, hash, email, bound_to, created_at, expires_at)
            SELECT ${randomUUID()}::uuid, u.id, 'password_reset', ${hash}, u.email,
              ${Prisma.raw(passwordOf('u'))}, statement_timestamp(),
              statement_timestamp() + ${asked.lifeSeconds} * interval '1 second' FROM u
          ), older AS (
            DELETE FROM one_time_tokens WHERE EXISTS (SELECT FROM u) AND id IN (SELECT id FROM one_time_tokens
              WHERE ${mine} ORDER BY created_at DESC OFFSET ${asked.mostLive - 1})
          ), posted AS (
            INSERT INTO mails (id, kind, user_id, sealed)
            SELECT ${randomUUID()}::uuid, ${mail.kind}, u.id, ${mail.sealed} FROM u
          ) SELECT EXISTS (SELECT FROM u) AS sent`
        const detail = { sent: written?.sent ?? false }
        const subjectId = userId ?? undefined
        await recordAboutUser(tx, { type: 'password_reset_requested', subjectId, context, detail })
      }),

    /** Whose new password this token may set; undefined where it may set none. Reads only. */
    async findByToken(hash: Buffer): Promise<{ userId: string; email: string } | undefined> {
      const [found] = await prisma.$queryRaw<{ userId: string; email: string }[]>`
        SELECT u.id AS "userId", u.email FROM one_time_tokens t, users u WHERE ${isUsable(hash)}`
      return found
    },

    /** Uses a token up and sets the password; undefined where the token is not good any more, and nothing changes. */
    reset: (reset: {
      userId: string
      hash: Buffer
      to: string
      mail: SealedMail
      context: RequestContext
    }): Promise<Ended | undefined> =>
      prisma.$transaction(async (tx) => {
        const { userId: id, hash, context } = reset
        // Whatever else is about this person's password waits here, so that the next statement sees what it left.
        const [user] = await tx.$queryRaw<{ isProven: boolean }[]>`
          SELECT email_verified_at IS NOT NULL AS "isProven" FROM users WHERE id = ${id}::uuid FOR NO KEY UPDATE`
        const used = await tx.$executeRaw`DELETE FROM one_time_tokens t USING users u WHERE ${isUsable(hash)}`
        if (!user || used === 0) return undefined
        // The link went to the address, and came back.
        await tx.$executeRaw`UPDATE users SET password_hash = ${reset.to}, updated_at = statement_timestamp(),
          email_verified_at = coalesce(email_verified_at, statement_timestamp()) WHERE id = ${id}::uuid`
        // Whoever has the mailbox acts for the person, as with any link.
        const who = { actorId: id, subjectId: id }
        if (!user.isProven) await recordAudit(tx, { type: 'email_verified', ...who, context })
        await takeLinksBack(tx, id)
        const sessionIds = await endSessionsOf(tx, { userId: id, reason: 'password_reset' })
        const detail = { sessions_ended: sessionIds.length }
        await recordAudit(tx, { type: 'password_reset', ...who, context, detail })
        await postMail(tx, reset.mail)
        return { sessionIds }
      }, endingSessions),
  }
}

export type PasswordStore = ReturnType<typeof createPasswordStore>
