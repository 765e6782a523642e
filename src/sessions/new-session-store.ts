/** Inserts the row of a session in Postgres. A session begins nowhere else. */
import type { Account } from '../accounts/account-store.ts'
import { checkedUser, shownColumns } from '../accounts/user-sql.ts'
import { auditContextColumns, auditContextValues, contextParameter } from '../audit/audit-sql.ts'
import type { Database } from '../database/client.ts'
import { type Param, type Params, sql, statement, toQuery } from '../database/sql.ts'
import type { Mode } from '../http/mode.ts'
import type { RequestContext } from '../http/request-context.ts'
import { isLive, sessionColumns } from './session-sql.ts'
import { type LiveSession, type SessionRow, toLiveSession } from './session-store.ts'
import { finishAttempt, type Spent, spend, type Unproven, unproven } from './spent-proof-sql.ts'

type NewSession = {
  id: string
  mode: Mode
  account: Account
  headHash: Buffer
  amr: readonly string[]
  remembered: boolean
  idleSeconds: number
  maxSeconds: number
  /** With more live sessions than this, the user's least recently used ones end. */
  mostSessions: number
  device: string
  context: RequestContext
}

type Inserted = LiveSession & { readonly evicted: readonly string[] }

export type NewSessionStore = {
  /**
   * Inserts a session, and ends the least recently used ones beyond `mostSessions`. Undefined if the account was disabled, or its credentials
   * changed since they were checked.
   */
  readonly insert: (session: NewSession) => Promise<Inserted | undefined>
  /** The same for a sign-in that uses something up, in the same statement. */
  readonly insertSpending: (session: NewSession, spent: Spent) => Promise<Inserted | Unproven>
}

type Parameters = Omit<NewSession, 'account' | 'context'> & {
  userId: string
  credentialVersion: number
  context: string
}
type Values = { readonly [K in keyof Parameters]: Param<Parameters[K]> | Parameters[K] }

// A user from before the bound may have hundreds of thousands of sessions. Each sign-in ends 100 of them at most, so that none takes long.
// The new session is not among those that the statement finds, because a statement does not see what it inserts. A session that is
// locked is being refreshed or ended at this moment, so it is not the least recently used one.
const newSession = (p: Values) => sql`s AS (
    INSERT INTO sessions (id, user_id, epoch, mode, head_hash, amr, remembered, idle_expires_at, absolute_expires_at,
      device, ip)
    SELECT ${p.id}, u.id, u.sessions_valid_from, ${p.mode}, ${p.headHash}, ${p.amr}, ${p.remembered},
      statement_timestamp() + ${p.idleSeconds} * interval '1 second',
      statement_timestamp() + ${p.maxSeconds} * interval '1 second', ${p.device}, ${p.context}::jsonb->>'ip' FROM u
    RETURNING *
  ), surplus AS MATERIALIZED (
    SELECT id FROM sessions WHERE revoked_at IS NULL AND id = ANY(ARRAY(
      SELECT s.id FROM sessions s, u WHERE s.user_id = u.id AND ${isLive}
      ORDER BY s.rotated_at DESC, s.id OFFSET ${p.mostSessions} - 1 LIMIT 100)) FOR UPDATE SKIP LOCKED
  ), evicted AS (
    UPDATE sessions SET revoked_at = statement_timestamp(), revoke_reason = 'evicted'
    FROM surplus WHERE sessions.id = surplus.id RETURNING sessions.id, sessions.user_id
  ), audited AS (
    INSERT INTO audit_events (type, actor_id, subject_id, session_id, ${auditContextColumns})
    SELECT 'login_succeeded', user_id, user_id, id, ${auditContextValues(p.context)} FROM s
    UNION ALL SELECT 'session_evicted', user_id, user_id, id, ${auditContextValues(p.context)} FROM evicted
  )`

const insertedColumns = sql`${sessionColumns}, ${shownColumns}, ARRAY(SELECT id::text FROM evicted) AS evicted`

const insertSession = statement(
  'insert-session',
  (p: Params<Parameters>) =>
    sql`WITH u AS (${checkedUser(p.userId, p.credentialVersion)}), ${newSession(p)} SELECT ${insertedColumns} FROM s, u`,
)

const insertSessionSpending = (
  p: Parameters,
  spent: Spent,
) => sql`WITH checked AS (${checkedUser(p.userId, p.credentialVersion)}), ${spend(spent)},
  ${newSession(p)}${finishAttempt(spent)}
  SELECT ${unproven(spent)}, ${insertedColumns} FROM (SELECT 1) AS one LEFT JOIN (s CROSS JOIN u) ON true`

type Row = SessionRow & { evicted: string[] }

const toInserted = ({ evicted, ...row }: Row): Inserted => ({ ...toLiveSession(row), evicted })

const parametersOf = ({ account, context, ...session }: NewSession): Parameters => ({
  ...session,
  userId: account.id,
  credentialVersion: account.credentialVersion,
  context: contextParameter(context),
})

export function createNewSessionStore({ pool }: Pick<Database, 'pool'>): NewSessionStore {
  return {
    async insert(session) {
      const { rows } = await pool.query<Row>(insertSession(parametersOf(session)))
      return rows[0] && toInserted(rows[0])
    },

    async insertSpending(session, spent) {
      const query = toQuery(insertSessionSpending(parametersOf(session), spent))
      const { rows } = await pool.query<Row & { unproven: Unproven | null }>(query)
      if (!rows[0]) return 'ended'
      const { unproven: reason, ...row } = rows[0]
      return reason ?? toInserted(row)
    },
  }
}
