/**
 * Sessions in Postgres. Whatever decides about a refresh token is one statement here, on the row's latest version, by
 * the database's clock: two requests at once, on two nodes, cannot both see the same head.
 */

import { type Account, type ShownAccount, shownColumns } from '../accounts/account-store.ts'
import type { AuditType } from '../audit/audit-event.ts'
import {
  auditContextColumns,
  auditContextValues,
  auditContextValuesIf,
  contextParameter,
} from '../audit/audit-store.ts'
import type { Database } from '../database/client.ts'
import type { RefreshOutcome } from '../database/generated/client.ts'
import { againIfLost } from '../database/unavailable.ts'
import type { Mode } from '../http/mode.ts'
import type { RequestContext } from '../http/request-context.ts'

export type { RefreshOutcome }

/** A session as a token is made from it, with its person as of now. */
export type LiveSession = {
  readonly account: ShownAccount
  /** How the person logged in, and when, in seconds since 1970. */
  readonly amr: readonly string[]
  readonly authTime: number
  /** Until the session ends unless it is refreshed. */
  readonly secondsLeft: number
}

export type Rotation = {
  readonly outcome: RefreshOutcome
  readonly generation: number
  readonly salt: Buffer
  readonly headHash: Buffer
  readonly session: LiveSession
}

// date_part and not extract, which counts in decimals.
export const sessionColumns = `s.amr, floor(date_part('epoch', s.authenticated_at))::int AS "authTime",
  greatest(round(date_part('epoch', least(s.idle_expires_at, s.absolute_expires_at) - statement_timestamp())), 1)::int
    AS "secondsLeft"`

// FOR SHARE, because a password change and a disabling lock the same row: whichever commits second sees the first.
const insertSession = {
  name: 'insert-session',
  text: `WITH u AS (
    SELECT * FROM users WHERE id = $2 AND password_hash = $3 AND disabled_at IS NULL FOR SHARE
  ), s AS (
    INSERT INTO sessions (id, user_id, mode, head_hash, amr, idle_expires_at, absolute_expires_at, device, ip)
    SELECT $1, u.id, $8, $4, $5, statement_timestamp() + $6 * interval '1 second',
      statement_timestamp() + $7 * interval '1 second', $9, $10::jsonb->>'ip' FROM u
    RETURNING *
  ), audited AS (
    INSERT INTO audit_events (type, actor_id, subject_id, session_id, ${auditContextColumns})
    SELECT 'login_succeeded', user_id, user_id, id, ${auditContextValues('$10')} FROM s
  ) SELECT ${sessionColumns}, ${shownColumns} FROM s, u`,
}

const isHead = 's.head_hash = $2'
const isPrev = 'coalesce(s.prev_hash = $2, false)'
// statement_timestamp() and not clock_timestamp(): it is one value for the whole statement, so no two of these
// expressions can fall on different sides of the leeway.
const late = `statement_timestamp() >= s.rotated_at + $6 * interval '1 second'`
const moves = `(${isHead} OR (${isPrev} AND ${late}))`
const isTheft = `NOT (${isHead} OR ${isPrev} OR $3 > s.generation)`
/** Of a session `s`: it goes on. */
export const isLive = `s.revoked_at IS NULL AND statement_timestamp() < least(s.idle_expires_at, s.absolute_expires_at)`

// What nearly every refresh is, for half of the work: the presented secret is the head, and moves on. Where this finds no row,
// the next statement decides, whatever happened in between.
const rotateHead = {
  name: 'rotate-head',
  text: `UPDATE sessions s SET last_outcome = 'rotated', generation = s.generation + 1, prev_hash = s.head_hash,
    head_hash = $3, salt = $4, rotated_at = statement_timestamp(),
    idle_expires_at = statement_timestamp() + $5 * interval '1 second'
  FROM users u
  WHERE s.id = $1 AND ${isHead} AND u.id = s.user_id AND u.disabled_at IS NULL AND ${isLive}
  RETURNING s.generation, ${sessionColumns}, ${shownColumns}`,
}

// Every expression sees the row as it was before this statement. A statement that comes second waits for the first and
// then works on the row as the first left it. KEY SHARE: a person who is deleted meanwhile is waited for, and then nobody's.
const rotateSession = {
  name: 'rotate-session',
  text: `WITH rotated AS (UPDATE sessions s SET
    last_outcome = (CASE
      WHEN ${isHead} THEN 'rotated' WHEN ${isPrev} AND ${late} THEN 'rekeyed' WHEN ${isPrev} THEN 'replayed'
      WHEN $3 > s.generation THEN 'ahead' ELSE 'reused' END)::refresh_outcome,
    generation = s.generation + CASE WHEN ${isHead} THEN 1 ELSE 0 END,
    prev_hash = CASE WHEN ${isHead} THEN s.head_hash ELSE s.prev_hash END,
    head_hash = CASE WHEN ${moves} THEN $4 ELSE s.head_hash END,
    salt = CASE WHEN ${moves} THEN $5 ELSE s.salt END,
    rotated_at = CASE WHEN ${moves} THEN statement_timestamp() ELSE s.rotated_at END,
    idle_expires_at = CASE WHEN ${moves} THEN statement_timestamp() + $7 * interval '1 second' ELSE s.idle_expires_at END,
    revoked_at = CASE WHEN ${isTheft} THEN statement_timestamp() END,
    revoke_reason = CASE WHEN ${isTheft} THEN 'reuse'::revoke_reason END
  FROM users u
  WHERE s.id = $1 AND u.id = s.user_id AND u.disabled_at IS NULL AND ${isLive}
  RETURNING s.last_outcome AS outcome, s.generation, s.salt, s.head_hash AS "headHash", ${sessionColumns},
    ${shownColumns}
  ), ended AS (
    SELECT user_id FROM sessions WHERE id = $1 AND NOT EXISTS (SELECT FROM rotated) FOR KEY SHARE
  ), audited AS (
    INSERT INTO audit_events (type, subject_id, session_id, ${auditContextColumns})
    SELECT 'refresh_' || outcome, id, $1, ${auditContextValues('$8')} FROM rotated WHERE outcome <> 'rotated'
    UNION ALL SELECT 'refresh_ended', user_id, $1, ${auditContextValuesIf('user_id IS NOT NULL', '$8')}
    FROM (SELECT 1) AS event LEFT JOIN ended ON true WHERE NOT EXISTS (SELECT FROM rotated)
  ) SELECT * FROM rotated`,
}

const endSession = {
  name: 'end-session',
  text: `WITH ended AS (
    UPDATE sessions SET revoked_at = statement_timestamp(), revoke_reason = $2
    WHERE id = $1 AND revoked_at IS NULL RETURNING id, user_id
  ), audited AS (
    INSERT INTO audit_events (type, actor_id, subject_id, session_id, ${auditContextColumns})
    SELECT $3, user_id, user_id, id, ${auditContextValues('$4')} FROM ended
  ) SELECT user_id AS "userId" FROM ended`,
}

const selectLive = {
  name: 'select-live-session',
  text: `SELECT 1 FROM sessions s JOIN users u ON u.id = s.user_id
    WHERE s.id = $1 AND u.id = $2 AND u.token_version = $3 AND u.disabled_at IS NULL AND ${isLive}`,
}

// The secrets that rotateSession would not refuse.
const selectByRefresh = {
  name: 'select-session-by-refresh',
  text: `SELECT u.id AS "userId",
      floor(extract(epoch FROM least(s.idle_expires_at, s.absolute_expires_at)))::float8 AS "expiresAt"
    FROM sessions s JOIN users u ON u.id = s.user_id
    WHERE s.id = $1 AND (${isHead} OR ${isPrev}) AND ${isLive} AND u.disabled_at IS NULL`,
}

export type SessionRow = Omit<LiveSession, 'account'> & ShownAccount
type HeadRow = SessionRow & Pick<Rotation, 'generation'>
type RotationRow = SessionRow & Omit<Rotation, 'session'>

export const toLiveSession = ({ amr, authTime, secondsLeft, ...account }: SessionRow): LiveSession => ({
  account,
  amr,
  authTime,
  secondsLeft,
})

export function createSessionStore({ pool }: Database) {
  return {
    /**
     * Begins a session, unless the account was disabled or its password changed since it was checked: then undefined.
     */
    async insert(session: {
      id: string
      mode: Mode
      account: Account
      headHash: Buffer
      amr: readonly string[]
      idleSeconds: number
      maxSeconds: number
      device: string
      context: RequestContext
    }): Promise<LiveSession | undefined> {
      const { id, mode, account, headHash, amr, idleSeconds, maxSeconds, device, context } = session
      const values = [id, account.id, account.passwordHash, headHash, amr, idleSeconds, maxSeconds, mode]
      values.push(device, contextParameter(context))
      const { rows } = await pool.query<SessionRow>({ ...insertSession, values })
      return rows[0] && toLiveSession(rows[0])
    },

    /** Decides what the presented secret is and does what follows; undefined where the session is over. */
    async rotate(presented: {
      sessionId: string
      hash: Buffer
      generation: number
      candidate: { hash: Buffer; salt: Buffer }
      leewaySeconds: number
      idleSeconds: number
      context: RequestContext
    }): Promise<Rotation | undefined> {
      const { sessionId, hash, generation, candidate, leewaySeconds, idleSeconds, context } = presented
      const forHead = [sessionId, hash, candidate.hash, candidate.salt, idleSeconds]
      // What was done and lost: the token that the first one replaced is answered with the same successor.
      const head = await againIfLost(() => pool.query<HeadRow>({ ...rotateHead, values: forHead }))
      if (head.rows[0]) {
        const { generation: reached, ...session } = head.rows[0]
        const { salt, hash: headHash } = candidate
        return { outcome: 'rotated', generation: reached, salt, headHash, session: toLiveSession(session) }
      }
      const values = [sessionId, hash, generation, candidate.hash, candidate.salt, leewaySeconds, idleSeconds]
      values.push(contextParameter(context))
      const { rows } = await againIfLost(() => pool.query<RotationRow>({ ...rotateSession, values }))
      if (!rows[0]) return undefined
      const { outcome, generation: reached, salt, headHash, ...session } = rows[0]
      return { outcome, generation: reached, salt, headHash, session: toLiveSession(session) }
    },

    /** Ends a session for good, and says whose it was; undefined where it had ended before, and nothing changes. */
    async end(id: string, reason: 'logout' | 'replaced', context: RequestContext): Promise<string | undefined> {
      const type: AuditType = reason === 'logout' ? 'logout' : 'session_replaced'
      const values = [id, reason, type, contextParameter(context)]
      const { rows } = await pool.query<{ userId: string }>({ ...endSession, values })
      return rows[0]?.userId
    },

    /** Whether the session goes on and its person is what the token says. One prepared statement. */
    async isLive(id: string, userId: string, tokenVersion: number): Promise<boolean> {
      const { rowCount } = await againIfLost(() => pool.query({ ...selectLive, values: [id, userId, tokenVersion] }))
      return rowCount === 1
    },

    /**
     * Whose live session it is, and when it ends unless refreshed (seconds since 1970), where this secret could refresh
     * it; else undefined. Reads only: what looks like theft here is none.
     */
    async findByRefresh(id: string, hash: Buffer): Promise<{ userId: string; expiresAt: number } | undefined> {
      const { rows } = await againIfLost(() =>
        pool.query<{ userId: string; expiresAt: number }>({ ...selectByRefresh, values: [id, hash] }),
      )
      return rows[0]
    },
  }
}

export type SessionStore = ReturnType<typeof createSessionStore>
