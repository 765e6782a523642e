/** The live sessions of a user in Postgres, as the user sees them: to list them, and to end them from another device. */
import type { AuditType } from '../audit/audit-event.ts'
import { auditContextColumns, auditContextValues, contextParameter } from '../audit/audit-sql.ts'
import { recordAudit } from '../audit/audit-store.ts'
import type { Database } from '../database/client.ts'
import type { Prisma, Session } from '../database/generated/client.ts'
import { queryRows } from '../database/in-transaction.ts'
import { type Fragment, type Params, sql, statement } from '../database/sql.ts'
import type { RequestContext } from '../http/request-context.ts'
import type { Choice } from './end-query.ts'
import { endSessionsOf, isSessionLive, mostMarked } from './end-sessions-store.ts'
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
   * Ends the chosen live sessions and writes the audit event. Undefined if the principal's own session has ended: of two sessions that
   * end each other at once, one stays.
   */
  readonly end: (principal: Principal, choice: Choice, context: RequestContext) => Promise<EndedByUser | undefined>
}

/** The sessions that ended one by one, or the version below which all access tokens of the user are revoked. */
export type EndedByUser = { readonly sessionIds: readonly string[] } | { readonly tokenVersion: number }

const selectSessions = statement(
  'select-sessions',
  (p: Params<Principal & { limit: number }>) => sql`SELECT s.id, s.mode, s.device, s.ip, s.created_at AS "createdAt",
      s.rotated_at AS "rotatedAt", s.idle_expires_at AS "idleExpiresAt", s.absolute_expires_at AS "absoluteExpiresAt",
      count(*) OVER ()::int AS total
    FROM sessions s JOIN users u ON u.id = s.user_id WHERE u.id = ${p.userId} AND ${isLive}
    ORDER BY s.id = ${p.sessionId} DESC, s.rotated_at DESC, s.id LIMIT ${p.limit}`,
)

type EndSessions = Principal & { context: string }

// The statement locks the principal's own session too, and always locks in the order of ids. A second request waits, and then sees
// what the first one ended. The UPDATE works on the locked rows, so a session that is refreshed meanwhile is ended too.
const endChosen = (
  p: Params<EndSessions>,
  { candidates, chosen, event }: Record<'candidates' | 'chosen' | 'event', Fragment>,
) => sql`WITH locked AS MATERIALIZED (
    SELECT s.id, s.id = ${p.sessionId} AS own, ${chosen} AS chosen FROM sessions s JOIN users u ON u.id = s.user_id
    WHERE u.id = ${p.userId} AND ${candidates} AND ${isLive} ORDER BY s.id FOR UPDATE OF s
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

const endOthers = statement('end-other-sessions', (p: Params<EndSessions & { type: AuditType }>) =>
  endChosen(p, {
    candidates: sql`TRUE`,
    chosen: sql`s.id <> ${p.sessionId}`,
    event: sql`SELECT ${p.type}, ${p.userId}, ${p.userId}, ${p.sessionId},
      jsonb_build_object('reason', 'signed_out', 'scope', 'others', 'count', count(*)), ${auditContextValues(p.context)}
      FROM ended HAVING count(*) > 0`,
  }),
)

const countSessions = statement(
  'count-sessions',
  (p: Params<{ userId: string; most: number }>) => sql`SELECT count(*)::int AS count FROM (
    SELECT FROM sessions s JOIN users u ON u.id = s.user_id WHERE u.id = ${p.userId} AND ${isLive} LIMIT ${p.most}) AS s`,
)

/** Ends all sessions, or all but the principal's own, whatever their number. */
async function endAll(
  tx: Prisma.TransactionClient,
  { userId, sessionId }: Principal,
  scope: 'others' | 'all',
  context: RequestContext,
): Promise<EndedByUser | undefined> {
  // Another request of the same user waits here, and then sees what this one ended.
  await queryRows(tx, sql`SELECT 1 FROM users WHERE id = ${userId}::uuid FOR NO KEY UPDATE`)
  if (!(await isSessionLive(tx, { userId, sessionId }))) return undefined
  const except = scope === 'others' ? { except: sessionId } : {}
  const { count, tokenVersion } = await endSessionsOf(tx, { userId, reason: 'signed_out', ...except })
  const who = { actorId: userId, subjectId: userId, sessionId }
  await recordAudit(tx, { type: several, ...who, context, detail: { reason: 'signed_out', scope, count } })
  return { tokenVersion }
}

export function createSessionListStore({ pool, prisma }: Database): SessionListStore {
  const hasVeryMany = async (userId: string) => {
    const { rows } = await pool.query<{ count: number }>(countSessions({ userId, most: mostMarked + 1 }))
    return (rows[0]?.count ?? 0) > mostMarked
  }

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
      if (choice === 'all' || (choice === 'others' && (await hasVeryMany(userId)))) {
        return prisma.$transaction((tx) => endAll(tx, { userId, sessionId }, choice, context))
      }
      const query =
        choice === 'others' ? endOthers({ ...ending, type: several }) : endOne({ ...ending, id: choice.id, type: one })
      const { rows } = await pool.query<{ isLive: boolean; ids: string[] }>(query)
      return rows[0]?.isLive ? { sessionIds: rows[0].ids } : undefined
    },
  }
}
