/** Ends the ways into an account with an unverified email, in Postgres. */
import { recordAudit } from '../../audit/audit-store.ts'
import type { Database } from '../../database/client.ts'
import { execute, queryRows } from '../../database/in-transaction.ts'
import { sql } from '../../database/sql.ts'
import type { RequestContext } from '../../http/request-context.ts'
import { postMail } from '../../mail/mail-store.ts'
import type { SealedMail } from '../../mail/outbox.ts'
import { endSessionsOf } from '../../sessions/end-sessions-store.ts'
import { removeFactors } from '../remove-factors-store.ts'
import type { SignInLink } from './sign-in-mail-store.ts'

export type ReclaimStore = {
  /**
   * Verifies the email of the link, and removes the password, the factors, the recovery codes, the other links and the sessions of its user, in one
   * transaction. Posts the mail if there was a password, a factor or a session. False if the link was used or the email is verified: nothing
   * changes. The link stays, for the statement that begins the session.
   */
  readonly reclaim: (link: SignInLink, mail: SealedMail, context: RequestContext) => Promise<boolean>
}

export function createReclaimStore({ prisma }: Pick<Database, 'prisma'>): ReclaimStore {
  return {
    reclaim: ({ hash, userId: id, email }, mail, context) =>
      prisma.$transaction(async (tx) => {
        // Logins of this user wait for this lock, or came before: then their sessions end below.
        const [user] = await queryRows<{ hasPassword: boolean }>(
          tx,
          sql`SELECT password_hash IS NOT NULL AS "hasPassword" FROM users
            WHERE id = ${id}::uuid AND email = ${email} AND email_verified_at IS NULL AND disabled_at IS NULL FOR UPDATE`,
        )
        const links = await queryRows(
          tx,
          sql`SELECT 1 FROM one_time_tokens WHERE hash = ${hash} AND user_id = ${id}::uuid AND purpose = 'sign_in'
            AND expires_at > statement_timestamp() FOR UPDATE`,
        )
        if (!user || links.length === 0) return false
        await execute(
          tx,
          sql`UPDATE users SET email_verified_at = statement_timestamp(), updated_at = statement_timestamp(),
            password_hash = NULL WHERE id = ${id}::uuid`,
        )
        const { totp, passkeys } = await removeFactors(tx, id)
        const factors = totp + passkeys
        // A change of email that a stranger began, and sign-ins that a stranger has half done.
        await tx.oneTimeToken.deleteMany({ where: { userId: id, purpose: { not: 'sign_in' } } })
        await tx.storedAttempt.deleteMany({ where: { userId: id } })
        const { count: sessions } = await endSessionsOf(tx, { userId: id, reason: 'password_reset' })
        const who = { actorId: id, subjectId: id, context }
        await recordAudit(tx, { type: 'email_verified', ...who })
        const { hasPassword: password } = user
        if (!password && factors === 0 && sessions === 0) return true
        await recordAudit(tx, { type: 'account_reclaimed', ...who, detail: { password, factors, sessions } })
        await postMail(tx, mail)
        return true
      }),
  }
}
