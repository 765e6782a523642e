/** The live sessions of a user in Postgres, as the user sees them: to list them, and to end them from another device. */
import type { AuditType } from '../audit/audit-event.ts'
import { auditContextColumns, auditContextValues, contextParameter } from '../audit/audit-sql.ts'
import type { Database } from '../database/client.ts'
import type { Session } from '../database/generated/client.ts'
import { type Fragment, type Params, sql, statement } from '../database/sql.ts'
import type { RequestContext } from '../http/request-context.ts'
import type { Choice } from './end-query.ts'
import { isLive } from './session-sql.ts'

export type ListedSession = Pick<
  Session,
  'id' | 'mode' | 'device' | 'ip' | 'createdAt' | 'rotatedAt' | 'idleExpiresAt' | 'absoluteExpiresAt'
>

/** The signed-in user, and the session of the request. */
type Principal = { readonly userId: string; readonly sessionId: string }

export type SessionListStore = {
  /** The principal's own session and the most recently used others, `limit` at most, and the number of all. */
  readonly list: (
    principal: Principal,
    limit: number,
  ) => Promise<{ readonly sessions: readonly ListedSession[]; readonly total: number }>
  /**
   * Ends the chosen live sessions and writes the audit event. Returns their ids. Undefined if the principal's own session has ended:
   * of two sessions that end each other at once, one stays.
   */
  readonly end: (
    principal: Principal,
    choice: Choice,
    context: RequestContext,
  ) => Promise<readonly string[] | undefined>
}

const selectSessions = statement(
  'select-sessions',
  (p: Params<Principal & { limit: number }>) => sql`SELECT s.id, s.mode, s.device, s.ip, s.created_at AS "createdAt",
      s.rotated_at AS "rotatedAt", s.idle_expires_at AS "idleExpiresAt", s.absolute_expires_at AS "absoluteExpiresAt",
      count(*) OVER ()::int AS total
    FROM sessions s WHERE s.user_id = ${p.userId} AND ${isLive}
    ORDER BY s.id = ${p.sessionId} DESC, s.rotated_at DESC, s.id LIMIT ${p.limit}`,
)

type EndSessions = Principal & { context: string }

// The statement locks the principal's own session too, and always locks in the order of ids. A second request waits, and then sees
// what the first one ended. The UPDATE works on the locked rows, so a session that is refreshed meanwhile is ended too.
const endChosen = (
  p: Params<EndSessions>,
  { candidates, chosen, event }: Record<'candidates' | 'chosen' | 'event', Fragment>,
) => sql`WITH locked AS MATERIALIZED (
    SELECT s.id, s.id = ${p.sessionId} AS own, ${chosen} AS chosen FROM sessions s
    WHERE s.user_id = ${p.userId} AND ${candidates} AND ${isLive} ORDER BY s.id FOR UPDATE
  ), chosen AS MATERIALIZED (
    SELECT id FROM locked WHERE chosen AND EXISTS (SELECT FROM locked WHERE own)
  ), ended AS (
    UPDATE sessions s SET revoked_at = statement_timestamp(), revoke_reason = 'signed_out'
    FROM chosen WHERE s.id = chosen.id RETURNING s.id
  ), audited AS (
    INSERT INTO audit_events (type, actor_id, subject_id, session_id, detail, ${auditContextColumns}) ${event}
  ) SELECT EXISTS (SELECT FROM locked WHERE own) AS "isLive", ARRAY(SELECT id::text FROM ended) AS ids`

const one: AuditType = 'session_signed_out'
const several: AuditType = 'sessions_signed_out'

const endOne = statement('end-one-session', (p: Params<EndSessions & { id: string; type: AuditType }>) =>
  endChosen(p, {
    candidates: sql`s.id IN (${p.sessionId}, ${p.id}::uuid)`,
    chosen: sql`s.id = ${p.id}::uuid`,
    event: sql`SELECT ${p.type}, ${p.userId}, ${p.userId}, ${p.sessionId},
      jsonb_build_object('reason', 'signed_out', 'session', id), ${auditContextValues(p.context)}
      FROM ended`,
  }),
)

type EndSeveral = EndSessions & { type: AuditType; scope: 'others' | 'all' }

const endSeveral = (name: string, chosen: (p: Params<EndSeveral>) => Fragment) =>
  statement(name, (p: Params<EndSeveral>) =>
    endChosen(p, {
      candidates: sql`TRUE`,
      chosen: chosen(p),
      event: sql`SELECT ${p.type}, ${p.userId}, ${p.userId}, ${p.sessionId},
        jsonb_build_object('reason', 'signed_out', 'scope', ${p.scope}::text, 'count', count(*)),
        ${auditContextValues(p.context)}
        FROM ended HAVING count(*) > 0`,
    }),
  )

const statements = {
  others: endSeveral('end-other-sessions', (p) => sql`s.id <> ${p.sessionId}`),
  all: endSeveral('end-all-sessions', () => sql`TRUE`),
}

export function createSessionListStore({ pool }: Pick<Database, 'pool'>): SessionListStore {
  return {
    async list({ userId, sessionId }, limit) {
      const query = selectSessions({ userId, sessionId, limit })
      const { rows } = await pool.query<ListedSession & { total: number }>(query)
      const sessions = rows.map((row) => {
        const { total: _, ...session } = row
        return session
      })
      return { sessions, total: rows[0]?.total ?? 0 }
    },

    async end({ userId, sessionId }, choice, context) {
      const ending = { userId, sessionId, context: contextParameter(context) }
      const query =
        typeof choice === 'object'
          ? endOne({ ...ending, id: choice.id, type: one })
          : statements[choice]({ ...ending, type: several, scope: choice })
      const { rows } = await pool.query<{ isLive: boolean; ids: string[] }>(query)
      return rows[0]?.isLive ? rows[0].ids : undefined
    },
  }
}
