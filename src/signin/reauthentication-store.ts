/** Step-up in Postgres. */
import { type Account, shownColumns } from '../accounts/account-store.ts'
import { auditContextColumns, auditContextValues, contextParameter } from '../audit/audit-store.ts'
import type { Database } from '../database/client.ts'
import type { RequestContext } from '../http/request-context.ts'
import { isLive, type LiveSession, type SessionRow, sessionColumns, toLiveSession } from '../sessions/session-store.ts'

// The person's row is locked as for a login, so that a password change at the same moment is seen, or waits.
const proveAgain = {
  name: 'prove-session-again',
  text: `WITH u AS (
    SELECT * FROM users WHERE id = $2 AND password_hash = $3 AND disabled_at IS NULL FOR SHARE
  ), s AS (
    UPDATE sessions s SET authenticated_at = statement_timestamp(), amr = $4
    FROM u WHERE s.id = $1 AND s.user_id = u.id AND ${isLive} RETURNING s.*
  ), audited AS (
    INSERT INTO audit_events (type, actor_id, subject_id, session_id, ${auditContextColumns})
    SELECT 'reauthenticated', user_id, user_id, id, ${auditContextValues('$5')} FROM s
  ) SELECT ${sessionColumns}, ${shownColumns} FROM s, u`,
}

export function createReauthenticationStore({ pool }: Database) {
  return {
    /**
     * Writes down that the person has just proved who they are; the session as it is then. Undefined where it has ended,
     * or the password is not the one that was checked any more.
     */
    async prove(proof: {
      sessionId: string
      account: Account
      amr: readonly string[]
      context: RequestContext
    }): Promise<LiveSession | undefined> {
      const { sessionId, account, amr, context } = proof
      const values = [sessionId, account.id, account.passwordHash, amr, contextParameter(context)]
      const { rows } = await pool.query<SessionRow>({ ...proveAgain, values })
      return rows[0] && toLiveSession(rows[0])
    },
  }
}

export type ReauthenticationStore = ReturnType<typeof createReauthenticationStore>
