/**
 * The row of the session in Postgres. Each decision about a refresh token is one statement here, on the row's latest version and by
 * the database's clock. So two requests at once, on two nodes, cannot both find the same head.
 */
import type { Account, ShownAccount } from '../accounts/account-store.ts'
import { shownColumns } from '../accounts/user-sql.ts'
import type { AuditType } from '../audit/audit-event.ts'
import { auditContextColumns, auditContextValues, auditContextValuesIf, contextParameter } from '../audit/audit-sql.ts'
import type { Database } from '../database/client.ts'
import type { RefreshOutcome } from '../database/generated/client.ts'
import { type Param, type Params, sql, statement } from '../database/sql.ts'
import { againIfLost } from '../database/unavailable.ts'
import type { Mode } from '../http/mode.ts'
import type { RequestContext } from '../http/request-context.ts'
import { isLive, sessionColumns } from './session-sql.ts'

export type { RefreshOutcome }

/** A session and its user, with all that a token needs. */
export type LiveSession = {
  readonly account: ShownAccount
  /** How the user signed in (RFC 8176). */
  readonly amr: readonly string[]
  /** When the user signed in, in seconds since 1970. */
  readonly authTime: number
  /** Seconds until the session expires unless it is refreshed. */
  readonly secondsLeft: number
}

export type Rotation = {
  readonly outcome: RefreshOutcome
  readonly generation: number
  readonly salt: Buffer
  readonly headHash: Buffer
  readonly session: LiveSession
}

type NewSession = {
  id: string
  mode: Mode
  account: Account
  headHash: Buffer
  amr: readonly string[]
  idleSeconds: number
  maxSeconds: number
  device: string
  context: RequestContext
}

type Presented = {
  sessionId: string
  hash: Buffer
  generation: number
  candidate: { hash: Buffer; salt: Buffer }
  leewaySeconds: number
  idleSeconds: number
  context: RequestContext
}

export type SessionStore = {
  /** Inserts a session. Undefined if the account was disabled, or its credentials changed since they were checked. */
  readonly insert: (session: NewSession) => Promise<LiveSession | undefined>
  /** Decides the outcome of the presented secret, and moves the session. Undefined if the session has ended. */
  readonly rotate: (presented: Presented) => Promise<Rotation | undefined>
  /** Revokes a session. Returns the id of its user, or undefined if it had ended before: nothing changes then. */
  readonly end: (id: string, reason: 'logout' | 'replaced', context: RequestContext) => Promise<string | undefined>
  /** Whether the session is live, and its user has this token version. One prepared statement. */
  readonly isLive: (id: string, userId: string, tokenVersion: number) => Promise<boolean>
  /**
   * The user of a live session that this secret could refresh, and when the session expires unless it is refreshed (seconds since
   * 1970). It only reads: a secret that has been replaced is no theft here.
   */
  readonly findByRefresh: (
    id: string,
    hash: Buffer,
  ) => Promise<{ readonly userId: string; readonly expiresAt: number } | undefined>
}

type InsertSession = Omit<NewSession, 'account' | 'context'> & {
  userId: string
  credentialVersion: number
  context: string
}

// FOR SHARE, because a password change and a disabling lock the same row: the later of two transactions sees the earlier one.
const insertSession = statement(
  'insert-session',
  (p: Params<InsertSession>) => sql`WITH u AS (
    SELECT * FROM users
    WHERE id = ${p.userId} AND credential_version = ${p.credentialVersion} AND disabled_at IS NULL FOR SHARE
  ), s AS (
    INSERT INTO sessions (id, user_id, mode, head_hash, amr, idle_expires_at, absolute_expires_at, device, ip)
    SELECT ${p.id}, u.id, ${p.mode}, ${p.headHash}, ${p.amr},
      statement_timestamp() + ${p.idleSeconds} * interval '1 second',
      statement_timestamp() + ${p.maxSeconds} * interval '1 second', ${p.device}, ${p.context}::jsonb->>'ip' FROM u
    RETURNING *
  ), audited AS (
    INSERT INTO audit_events (type, actor_id, subject_id, session_id, ${auditContextColumns})
    SELECT 'login_succeeded', user_id, user_id, id, ${auditContextValues(p.context)} FROM s
  ) SELECT ${sessionColumns}, ${shownColumns} FROM s, u`,
)

const isHead = (hash: Param<Buffer>) => sql`s.head_hash = ${hash}`
const isPrev = (hash: Param<Buffer>) => sql`coalesce(s.prev_hash = ${hash}, false)`

type RotateHead = { sessionId: string; hash: Buffer; headHash: Buffer; salt: Buffer; idleSeconds: number }

// Nearly every refresh presents the head. This plain UPDATE does half the work of the next statement. If it finds no row, the next
// statement decides, whatever happened in between.
const rotateHead = statement(
  'rotate-head',
  (p: Params<RotateHead>) => sql`UPDATE sessions s SET last_outcome = 'rotated', generation = s.generation + 1,
    prev_hash = s.head_hash, head_hash = ${p.headHash}, salt = ${p.salt}, rotated_at = statement_timestamp(),
    idle_expires_at = statement_timestamp() + ${p.idleSeconds} * interval '1 second'
  FROM users u
  WHERE s.id = ${p.sessionId} AND ${isHead(p.hash)} AND u.id = s.user_id AND u.disabled_at IS NULL AND ${isLive}
  RETURNING s.generation, ${sessionColumns}, ${shownColumns}`,
)

type RotateSession = RotateHead & { generation: number; leewaySeconds: number; context: string }

// statement_timestamp() is one value for the whole statement. With clock_timestamp(), two of these expressions could fall on
// different sides of the leeway.
const isLate = (p: Params<RotateSession>) =>
  sql`statement_timestamp() >= s.rotated_at + ${p.leewaySeconds} * interval '1 second'`
const moves = (p: Params<RotateSession>) => sql`(${isHead(p.hash)} OR (${isPrev(p.hash)} AND ${isLate(p)}))`
const isTheft = (p: Params<RotateSession>) =>
  sql`NOT (${isHead(p.hash)} OR ${isPrev(p.hash)} OR ${p.generation} > s.generation)`

// Every expression sees the row as it was before this statement. A second statement waits for the first, and then works on the row
// as the first one left it. FOR KEY SHARE waits for a deletion of the user that runs at the same time.
const rotateSession = statement(
  'rotate-session',
  (p: Params<RotateSession>) => sql`WITH rotated AS (UPDATE sessions s SET
    last_outcome = (CASE
      WHEN ${isHead(p.hash)} THEN 'rotated' WHEN ${isPrev(p.hash)} AND ${isLate(p)} THEN 'rekeyed'
      WHEN ${isPrev(p.hash)} THEN 'replayed'
      WHEN ${p.generation} > s.generation THEN 'ahead' ELSE 'reused' END)::refresh_outcome,
    generation = s.generation + CASE WHEN ${isHead(p.hash)} THEN 1 ELSE 0 END,
    prev_hash = CASE WHEN ${isHead(p.hash)} THEN s.head_hash ELSE s.prev_hash END,
    head_hash = CASE WHEN ${moves(p)} THEN ${p.headHash} ELSE s.head_hash END,
    salt = CASE WHEN ${moves(p)} THEN ${p.salt} ELSE s.salt END,
    rotated_at = CASE WHEN ${moves(p)} THEN statement_timestamp() ELSE s.rotated_at END,
    idle_expires_at = CASE WHEN ${moves(p)} THEN statement_timestamp() + ${p.idleSeconds} * interval '1 second'
      ELSE s.idle_expires_at END,
    revoked_at = CASE WHEN ${isTheft(p)} THEN statement_timestamp() END,
    revoke_reason = CASE WHEN ${isTheft(p)} THEN 'reuse'::revoke_reason END
  FROM users u
  WHERE s.id = ${p.sessionId} AND u.id = s.user_id AND u.disabled_at IS NULL AND ${isLive}
  RETURNING s.last_outcome AS outcome, s.generation, s.salt, s.head_hash AS "headHash", ${sessionColumns},
    ${shownColumns}
  ), ended AS (
    SELECT user_id FROM sessions WHERE id = ${p.sessionId} AND NOT EXISTS (SELECT FROM rotated) FOR KEY SHARE
  ), audited AS (
    INSERT INTO audit_events (type, subject_id, session_id, ${auditContextColumns})
    SELECT 'refresh_' || outcome, id, ${p.sessionId}, ${auditContextValues(p.context)} FROM rotated
    WHERE outcome <> 'rotated'
    UNION ALL SELECT 'refresh_ended', user_id, ${p.sessionId},
      ${auditContextValuesIf(sql`user_id IS NOT NULL`, p.context)}
    FROM (SELECT 1) AS event LEFT JOIN ended ON true WHERE NOT EXISTS (SELECT FROM rotated)
  ) SELECT * FROM rotated`,
)

const endSession = statement(
  'end-session',
  (p: Params<{ id: string; reason: string; type: AuditType; context: string }>) => sql`WITH ended AS (
    UPDATE sessions SET revoked_at = statement_timestamp(), revoke_reason = ${p.reason}
    WHERE id = ${p.id} AND revoked_at IS NULL RETURNING id, user_id
  ), audited AS (
    INSERT INTO audit_events (type, actor_id, subject_id, session_id, ${auditContextColumns})
    SELECT ${p.type}, user_id, user_id, id, ${auditContextValues(p.context)} FROM ended
  ) SELECT user_id AS "userId" FROM ended`,
)

const selectLive = statement(
  'select-live-session',
  (p: Params<{ id: string; userId: string; tokenVersion: number }>) => sql`SELECT 1
    FROM sessions s JOIN users u ON u.id = s.user_id
    WHERE s.id = ${p.id} AND u.id = ${p.userId} AND u.token_version = ${p.tokenVersion}
      AND u.disabled_at IS NULL AND ${isLive}`,
)

// It finds the secrets that rotateSession would accept.
const selectByRefresh = statement(
  'select-session-by-refresh',
  (p: Params<{ id: string; hash: Buffer }>) => sql`SELECT u.id AS "userId",
      floor(extract(epoch FROM least(s.idle_expires_at, s.absolute_expires_at)))::float8 AS "expiresAt"
    FROM sessions s JOIN users u ON u.id = s.user_id
    WHERE s.id = ${p.id} AND (${isHead(p.hash)} OR ${isPrev(p.hash)}) AND ${isLive} AND u.disabled_at IS NULL`,
)

export type SessionRow = Omit<LiveSession, 'account'> & ShownAccount
type HeadRow = SessionRow & Pick<Rotation, 'generation'>
type RotationRow = SessionRow & Omit<Rotation, 'session'>

export const toLiveSession = ({ amr, authTime, secondsLeft, ...account }: SessionRow): LiveSession => ({
  account,
  amr,
  authTime,
  secondsLeft,
})

export function createSessionStore({ pool }: Pick<Database, 'pool'>): SessionStore {
  return {
    async insert({ account, context, ...session }) {
      const checked = { userId: account.id, credentialVersion: account.credentialVersion }
      const query = insertSession({ ...session, ...checked, context: contextParameter(context) })
      const { rows } = await pool.query<SessionRow>(query)
      return rows[0] && toLiveSession(rows[0])
    },

    async rotate({ sessionId, hash, generation, candidate, leewaySeconds, idleSeconds, context }) {
      const next = { sessionId, hash, headHash: candidate.hash, salt: candidate.salt, idleSeconds }
      // If an answer is lost after the commit, the repetition presents the previous token, and gets the same successor.
      const head = await againIfLost(() => pool.query<HeadRow>(rotateHead(next)))
      if (head.rows[0]) {
        const { generation: reached, ...session } = head.rows[0]
        const { salt, hash: headHash } = candidate
        return { outcome: 'rotated', generation: reached, salt, headHash, session: toLiveSession(session) }
      }
      const query = rotateSession({ ...next, generation, leewaySeconds, context: contextParameter(context) })
      const { rows } = await againIfLost(() => pool.query<RotationRow>(query))
      if (!rows[0]) return undefined
      const { outcome, generation: reached, salt, headHash, ...session } = rows[0]
      return { outcome, generation: reached, salt, headHash, session: toLiveSession(session) }
    },

    async end(id, reason, context) {
      const type: AuditType = reason === 'logout' ? 'logout' : 'session_replaced'
      const query = endSession({ id, reason, type, context: contextParameter(context) })
      const { rows } = await pool.query<{ userId: string }>(query)
      return rows[0]?.userId
    },

    async isLive(id, userId, tokenVersion) {
      const { rowCount } = await againIfLost(() => pool.query(selectLive({ id, userId, tokenVersion })))
      return rowCount === 1
    },

    async findByRefresh(id, hash) {
      const query = selectByRefresh({ id, hash })
      const { rows } = await againIfLost(() => pool.query<{ userId: string; expiresAt: number }>(query))
      return rows[0]
    },
  }
}
