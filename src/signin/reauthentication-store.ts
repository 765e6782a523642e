/** Reauthentication (step-up) in Postgres. */
import type { Account } from '../accounts/account-store.ts'
import { shownColumns } from '../accounts/user-sql.ts'
import { auditContextColumns, auditContextValues, contextParameter } from '../audit/audit-sql.ts'
import type { Database } from '../database/client.ts'
import { type Params, sql, statement } from '../database/sql.ts'
import type { RequestContext } from '../http/request-context.ts'
import { beginLine } from '../sessions/rotation-sql.ts'
import { isLive, sessionColumns } from '../sessions/session-sql.ts'
import { type RenewedRow, type RenewedSession, toRenewedSession } from '../sessions/session-store.ts'

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
   * changed since they were checked.
   */
  readonly record: (reauthentication: Reauthentication) => Promise<RenewedSession | undefined>
}

type Parameters = {
  sessionId: string
  userId: string
  credentialVersion: number
  amr: readonly string[]
  headHash: Buffer
  context: string
}

// The statement locks the row of the user as a login does. It sees a password change of the same moment, or the change waits.
const reauthenticateSession = statement(
  'reauthenticate-session',
  (p: Params<Parameters>) => sql`WITH u AS (
    SELECT * FROM users
    WHERE id = ${p.userId} AND credential_version = ${p.credentialVersion} AND disabled_at IS NULL FOR SHARE
  ), s AS (
    UPDATE sessions s SET ${beginLine(p.headHash)}, amr = ${p.amr}
    FROM u WHERE s.id = ${p.sessionId} AND s.user_id = u.id AND ${isLive} RETURNING s.*
  ), audited AS (
    INSERT INTO audit_events (type, actor_id, subject_id, session_id, ${auditContextColumns})
    SELECT 'reauthenticated', user_id, user_id, id, ${auditContextValues(p.context)} FROM s
  ) SELECT s.mode, s.generation, ${sessionColumns}, ${shownColumns} FROM s, u`,
)

export function createReauthenticationStore({ pool }: Pick<Database, 'pool'>): ReauthenticationStore {
  return {
    async record({ sessionId, account, amr, headHash, context }) {
      const checked = { userId: account.id, credentialVersion: account.credentialVersion }
      const query = reauthenticateSession({ sessionId, ...checked, amr, headHash, context: contextParameter(context) })
      const { rows } = await pool.query<RenewedRow>(query)
      return rows[0] && toRenewedSession(rows[0])
    },
  }
}
