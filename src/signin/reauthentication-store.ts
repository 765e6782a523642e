/** Reauthentication (step-up) in Postgres. */
import type { Account } from '../accounts/account-store.ts'
import { checkedUser, shownColumns } from '../accounts/user-sql.ts'
import { auditContextColumns, auditContextValues, contextParameter } from '../audit/audit-sql.ts'
import type { Database } from '../database/client.ts'
import { sql, toQuery } from '../database/sql.ts'
import type { RequestContext } from '../http/request-context.ts'
import { beginLine } from '../sessions/rotation-sql.ts'
import { isLive, sessionColumns } from '../sessions/session-sql.ts'
import { type RenewedRow, type RenewedSession, toRenewedSession } from '../sessions/session-store.ts'
import { finishAttempt, type Spent, spend, type Unproven, unproven } from '../sessions/spent-proof-sql.ts'

type Reauthentication = {
  sessionId: string
  /** The account whose credentials were checked. */
  account: Account
  amr: readonly string[]
  /** SHA-256 of the secret of the next refresh token. */
  headHash: Buffer
  context: RequestContext
}

export type ReauthenticationStore = {
  /**
   * Sets `auth_time` of the session to now, and begins a new line of refresh tokens. Undefined if the session has ended, or the credentials
   * changed since they were checked. What the sign-in uses up is used in the same statement.
   */
  readonly record: (reauthentication: Reauthentication, spent: Spent) => Promise<RenewedSession | Unproven | undefined>
}

// The statement locks the row of the user as a login does. It sees a password change of the same moment, or the change waits.
const reauthenticateSession = ({ sessionId, account, amr, headHash, context }: Reauthentication, spent: Spent) => {
  const from = contextParameter(context)
  return sql`WITH checked AS (${checkedUser(account.id, account.credentialVersion)}), ${spend(spent)}, s AS (
    UPDATE sessions s SET ${beginLine(headHash)}, amr = ${amr}
    FROM u WHERE s.id = ${sessionId} AND s.user_id = u.id AND ${isLive} RETURNING s.*
  ), audited AS (
    INSERT INTO audit_events (type, actor_id, subject_id, session_id, ${auditContextColumns})
    SELECT 'reauthenticated', user_id, user_id, id, ${auditContextValues(from)} FROM s
  )${finishAttempt(spent)}
  SELECT ${unproven(spent)}, s.id IS NOT NULL AS renewed, s.mode, s.generation, ${sessionColumns}, ${shownColumns}
  FROM (SELECT 1) AS one LEFT JOIN (s CROSS JOIN u) ON true`
}

type Row = RenewedRow & { readonly unproven: Unproven | null; readonly renewed: boolean }

export function createReauthenticationStore({ pool }: Pick<Database, 'pool'>): ReauthenticationStore {
  return {
    async record(reauthentication, spent) {
      const { rows } = await pool.query<Row>(toQuery(reauthenticateSession(reauthentication, spent)))
      if (!rows[0]) return undefined
      const { unproven: reason, renewed, ...row } = rows[0]
      if (renewed) return toRenewedSession(row)
      // A sign-in that uses nothing up has no attempt that could be over.
      return spent.attemptId || spent.consumes ? (reason ?? undefined) : undefined
    },
  }
}
