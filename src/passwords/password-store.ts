/**
 * Changes of a password, in Postgres. All that ends with the old password ends in the same transaction. The transaction locks the
 * row of the user first, so a login that checked the old password is either seen here or does not begin.
 */
import { randomUUID } from 'node:crypto'
import { boundToPasswordOf, insertResetToken, shownColumns } from '../accounts/user-sql.ts'
import { recordAboutUser, recordAudit } from '../audit/audit-store.ts'
import type { Database } from '../database/client.ts'
import type { Prisma } from '../database/generated/client.ts'
import { execute, queryRows } from '../database/in-transaction.ts'
import { sql } from '../database/sql.ts'
import type { StoredCode } from '../email-addresses/email-code.ts'
import { codeParameters, insertCode, linkOf } from '../email-addresses/mailed-sql.ts'
import { AppError } from '../errors.ts'
import { removeFactors } from '../factors/remove-factors-store.ts'
import type { RequestContext } from '../http/request-context.ts'
import { postMail } from '../mail/mail-store.ts'
import type { SealedMail } from '../mail/outbox.ts'
import { type EndedSessions, endSessionsOf, isSessionLive } from '../sessions/end-sessions-store.ts'
import { beginLine } from '../sessions/rotation-sql.ts'
import { sessionColumns } from '../sessions/session-sql.ts'
import { type RenewedRow, type RenewedSession, toRenewedSession } from '../sessions/session-store.ts'

type Tx = Prisma.TransactionClient

type Change = {
  userId: string
  sessionId: string
  keepOthers: boolean
  from: string | null
  to: string
  /** SHA-256 of the secret of the next refresh token. */
  headHash: Buffer
  /** Undefined for a user without an email. */
  mail: SealedMail | undefined
  context: RequestContext
}

type Request = {
  /** The user of the address, or null if the address has no account. */
  userId: string | null
  email: string
  emailKey: string
  hash: Buffer
  /** Whether the mailbox may get another mail. */
  allowed: boolean
  lifeSeconds: number
  pauseSeconds: number
  mostLive: number
  mail: SealedMail
  code: StoredCode
  context: RequestContext
}

type Reset = { userId: string; hash: Buffer; to: string; mail: SealedMail; context: RequestContext }

export type PasswordStore = {
  /** Ends in `database_unavailable` if the database does not answer. */
  readonly requireDatabase: () => Promise<void>
  /**
   * Replaces the password, begins a new line of refresh tokens in the session, and ends the other sessions unless they are kept. Undefined
   * if the password changed since it was checked. Ends in `token_revoked` if the session ended while passwords were hashed.
   */
  readonly change: (change: Change) => Promise<RenewedSession | undefined>
  /**
   * Stores a reset token and its mail. It stores none if the address has no account, if the last token is younger than
   * `pauseSeconds`, if the mailbox got too many mails, if another request for the address runs at this moment, or if the account is disabled.
   * The work is the same in every case, and an audit event is always written, so the requester cannot tell which case it was.
   */
  readonly request: (request: Request) => Promise<void>
  /** The user whose password this token may set, or undefined. It only reads. */
  readonly findByToken: (hash: Buffer) => Promise<{ readonly userId: string; readonly email: string } | undefined>
  /** Uses the token up and sets the password. Undefined if the token is not valid: nothing changes. */
  readonly reset: (reset: Reset) => Promise<EndedSessions | undefined>
}

// A condition on tokens t and users u. A token is valid only for the address that it was sent to: the user may have lost that mailbox.
const isUsable = (hash: Buffer) => sql`t.hash = ${hash} AND t.purpose = 'password_reset'
  AND t.expires_at > statement_timestamp() AND u.id = t.user_id AND u.disabled_at IS NULL AND t.email = u.email
  AND t.bound_to = ${boundToPasswordOf(sql`u`)}`

/** Removes the links that could take over the account: password resets and changes of address. */
const removeLinks = (tx: Tx, userId: string) =>
  tx.oneTimeToken.deleteMany({ where: { userId, purpose: { in: ['password_reset', 'email_change'] } } })

/** The user has entered the current password, so this counts as a sign-in of the session. */
async function renew(tx: Tx, { userId, sessionId, headHash }: Change): Promise<RenewedSession | undefined> {
  const [row] = await queryRows<RenewedRow>(
    tx,
    sql`UPDATE sessions s SET ${beginLine(headHash)} FROM users u
    WHERE s.id = ${sessionId}::uuid AND u.id = ${userId}::uuid
    RETURNING s.mode, s.generation, ${sessionColumns}, ${shownColumns}`,
  )
  return row && toRenewedSession(row)
}

/**
 * Stores the token and its mail, and says whether it did. The code is stored in any case. `mayTake` is false if another request for the address runs, or the mailbox got
 * too many mails.
 */
async function storeToken(tx: Tx, request: Request, mayTake: boolean): Promise<boolean> {
  const { userId, email, mail } = request
  const mine = sql`user_id = ${userId}::uuid AND purpose = 'password_reset'`
  const [written] = await queryRows<{ sent: boolean }>(
    tx,
    sql`WITH u AS (
      SELECT * FROM users WHERE id = ${userId}::uuid AND email = ${email} AND disabled_at IS NULL
        AND ${mayTake} AND NOT EXISTS (SELECT FROM one_time_tokens WHERE ${mine}
          AND created_at > statement_timestamp() - ${request.pauseSeconds} * interval '1 second')
      FOR SHARE
    ), made AS (
      ${insertResetToken(request)} RETURNING id
    ), ${insertCode(codeParameters(request.code), { link: linkOf(sql`made`) })}, older AS (
      DELETE FROM one_time_tokens WHERE EXISTS (SELECT FROM u) AND id IN (SELECT id FROM one_time_tokens
        WHERE ${mine} ORDER BY created_at DESC OFFSET ${request.mostLive - 1})
    ), posted AS (
      INSERT INTO mails (id, kind, user_id, sealed)
      SELECT ${randomUUID()}::uuid, ${mail.kind}, u.id, ${mail.sealed} FROM u
    ) SELECT EXISTS (SELECT FROM u) AS sent`,
  )
  return written?.sent ?? false
}

export function createPasswordStore({ prisma }: Pick<Database, 'prisma'>): PasswordStore {
  return {
    requireDatabase: async () => void (await prisma.$queryRaw`SELECT 1`),

    change: (change) =>
      prisma.$transaction(async (tx) => {
        const { userId, sessionId, from, to, context } = change
        const where = { id: userId, passwordHash: from, disabledAt: null }
        const { count } = await tx.user.updateMany({ where, data: { passwordHash: to } })
        if (count === 0) return undefined
        // The row of the user is locked, so a reset came before, or waits.
        if (!(await isSessionLive(tx, change))) throw new AppError('token_revoked')
        await removeLinks(tx, userId)
        const ending = { userId, reason: 'password_changed', except: sessionId } as const
        const ended = change.keepOthers ? 0 : (await endSessionsOf(tx, ending)).count
        const who = { actorId: userId, subjectId: userId, sessionId }
        const detail = { sessions_ended: ended, others_kept: change.keepOthers }
        await recordAudit(tx, { type: 'password_changed', ...who, context, detail })
        if (change.mail) await postMail(tx, change.mail)
        return renew(tx, change)
      }),

    request: (request) =>
      prisma.$transaction(async (tx) => {
        const { userId, emailKey, context } = request
        // The lock is by the address, known or not. A second request does not wait: the first one sends the mail.
        const [lock] = await queryRows<{ taken: boolean }>(
          tx,
          sql`SELECT pg_try_advisory_xact_lock(hashtext('password_reset'), hashtext(${emailKey})) AS taken`,
        )
        const detail = { sent: await storeToken(tx, request, request.allowed && (lock?.taken ?? false)) }
        const subjectId = userId ?? undefined
        await recordAboutUser(tx, { type: 'password_reset_requested', subjectId, context, detail })
      }),

    async findByToken(hash) {
      const [found] = await queryRows<{ userId: string; email: string }>(
        prisma,
        sql`SELECT u.id AS "userId", u.email FROM one_time_tokens t, users u WHERE ${isUsable(hash)}`,
      )
      return found
    },

    reset: (reset) =>
      prisma.$transaction(async (tx) => {
        const { userId: id, hash, context } = reset
        // Other changes of this user's password wait for this lock, so the next statement sees what they left.
        const [user] = await queryRows<{ isVerified: boolean }>(
          tx,
          sql`SELECT email_verified_at IS NOT NULL AS "isVerified" FROM users WHERE id = ${id}::uuid FOR NO KEY UPDATE`,
        )
        const used = await execute(tx, sql`DELETE FROM one_time_tokens t USING users u WHERE ${isUsable(hash)}`)
        if (!user || used === 0) return undefined
        // The token was sent to the address and came back, so the address is verified.
        await execute(
          tx,
          sql`UPDATE users SET password_hash = ${reset.to}, updated_at = statement_timestamp(),
          email_verified_at = coalesce(email_verified_at, statement_timestamp()) WHERE id = ${id}::uuid`,
        )
        const who = { actorId: id, subjectId: id }
        if (!user.isVerified) {
          await recordAudit(tx, { type: 'email_verified', ...who, context })
          // Somebody else may have opened the account, and added them.
          await removeFactors(tx, id)
        }
        await removeLinks(tx, id)
        const ended = await endSessionsOf(tx, { userId: id, reason: 'password_reset' })
        const detail = { sessions_ended: ended.count }
        await recordAudit(tx, { type: 'password_reset', ...who, context, detail })
        await postMail(tx, reset.mail)
        return ended
      }),
  }
}
