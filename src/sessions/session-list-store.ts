/** A person's live sessions in Postgres, as they see them: to be listed, and to be ended from afar. */

import type { AuditType } from '../audit/audit-event.ts'
import { auditContextColumns, auditContextValues, contextParameter } from '../audit/audit-store.ts'
import type { Database } from '../database/client.ts'
import type { RevokeReason, Session } from '../database/generated/client.ts'
import type { RequestContext } from '../http/request-context.ts'
import type { Choice } from './end-query.ts'
import { isLive } from './session-store.ts'

export type ListedSession = Pick<
  Session,
  'id' | 'mode' | 'device' | 'ip' | 'createdAt' | 'rotatedAt' | 'idleExpiresAt' | 'absoluteExpiresAt'
>

/** Whose sessions, and by which of them the person speaks. */
type Caller = { readonly userId: string; readonly sessionId: string }

const selectDevices = {
  name: 'select-devices',
  text: `SELECT s.id, s.mode, s.device, s.ip, s.created_at AS "createdAt", s.rotated_at AS "rotatedAt",
      s.idle_expires_at AS "idleExpiresAt", s.absolute_expires_at AS "absoluteExpiresAt", count(*) OVER ()::int AS total
    FROM sessions s WHERE s.user_id = $1 AND ${isLive}
    ORDER BY s.id = $2 DESC, s.rotated_at DESC, s.id LIMIT $3`,
}

const reason: RevokeReason = 'signed_out'
const one: AuditType = 'session_signed_out'
const several: AuditType = 'sessions_signed_out'

// The caller's row is locked too, and all of them always in the same order: whoever comes second waits here, and then sees
// what was ended. The update goes by what was locked, so a session that is refreshed meanwhile does not slip through.
const endDevices = (
  name: string,
  { candidates, chosen, event }: Record<'candidates' | 'chosen' | 'event', string>,
) => ({
  name,
  text: `WITH locked AS MATERIALIZED (
    SELECT s.id, s.id = $2 AS own, ${chosen} AS chosen FROM sessions s
    WHERE s.user_id = $1 AND ${candidates} AND ${isLive} ORDER BY s.id FOR UPDATE
  ), chosen AS MATERIALIZED (
    SELECT id FROM locked WHERE chosen AND EXISTS (SELECT FROM locked WHERE own)
  ), ended AS (
    UPDATE sessions s SET revoked_at = statement_timestamp(), revoke_reason = '${reason}'
    FROM chosen WHERE s.id = chosen.id RETURNING s.id
  ), audited AS (
    INSERT INTO audit_events (type, actor_id, subject_id, session_id, detail, ${auditContextColumns}) ${event}
  ) SELECT EXISTS (SELECT FROM locked WHERE own) AS "isLive", ARRAY(SELECT id::text FROM ended) AS ids`,
})

const endOne = endDevices('end-device', {
  candidates: 's.id IN ($2, $4::uuid)',
  chosen: 's.id = $4::uuid',
  event: `SELECT '${one}', $1, $1, $2, jsonb_build_object('reason', '${reason}', 'session', id), ${auditContextValues('$3')}
    FROM ended`,
})
const endSeveral = (scope: 'others' | 'all', chosen: string) =>
  endDevices(`end-devices-${scope}`, {
    candidates: 'TRUE',
    chosen,
    event: `SELECT '${several}', $1, $1, $2,
      jsonb_build_object('reason', '${reason}', 'scope', '${scope}', 'count', count(*)), ${auditContextValues('$3')}
      FROM ended HAVING count(*) > 0`,
  })
const statements = { others: endSeveral('others', 's.id <> $2'), all: endSeveral('all', 'TRUE') }

export function createSessionListStore({ pool }: Database) {
  return {
    /** The caller's session and the latest of the others, so many at most, and how many there are. */
    async list({ userId, sessionId }: Caller, limit: number): Promise<{ devices: ListedSession[]; total: number }> {
      const values = [userId, sessionId, limit]
      const { rows } = await pool.query<ListedSession & { total: number }>({ ...selectDevices, values })
      const devices = rows.map((row) => {
        const { total: _, ...device } = row
        return device
      })
      return { devices, total: rows[0]?.total ?? 0 }
    },

    /**
     * Ends the live sessions that are chosen, and writes down who did it; returns their ids. Undefined where the caller's
     * own session is over: of two that end each other at once, one remains.
     */
    async end({ userId, sessionId }: Caller, choice: Choice, context: RequestContext): Promise<string[] | undefined> {
      const values = [userId, sessionId, contextParameter(context)]
      const query =
        typeof choice === 'object' ? { ...endOne, values: [...values, choice.id] } : { ...statements[choice], values }
      const { rows } = await pool.query<{ isLive: boolean; ids: string[] }>(query)
      return rows[0]?.isLive ? rows[0].ids : undefined
    },
  }
}

export type SessionListStore = ReturnType<typeof createSessionListStore>
