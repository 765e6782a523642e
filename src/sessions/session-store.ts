/** The row of the session in Postgres: it is rotated, read and ended here. new-session-store.ts inserts it. */
import type { ShownAccount } from '../accounts/account-store.ts'
import type { AuditType } from '../audit/audit-event.ts'
import { auditContextColumns, auditContextValues, contextParameter } from '../audit/audit-sql.ts'
import type { Database } from '../database/client.ts'
import type { RefreshOutcome } from '../database/generated/client.ts'
import { type Params, sql, statement } from '../database/sql.ts'
import { againIfLost } from '../database/unavailable.ts'
import type { Mode } from '../http/mode.ts'
import type { RequestContext } from '../http/request-context.ts'
import {
  type IdleLives,
  isAccepted,
  type RefreshWindows,
  rotateHead,
  rotateSession,
  type Windows,
} from './rotation-sql.ts'
import { isLive } from './session-sql.ts'

export type { IdleLives, RefreshOutcome, RefreshWindows }

/** A session and its user, with all that a token needs. */
export type LiveSession = {
  readonly account: ShownAccount
  /** How the user signed in (RFC 8176). */
  readonly amr: readonly string[]
  /** When the user signed in, in seconds since 1970. */
  readonly authTime: number
  /** Seconds until the session expires unless it is refreshed. */
  readonly secondsLeft: number
  /** False if the user asked at the login not to be remembered: the browser forgets the cookies when it is closed. */
  readonly remembered: boolean
}

/** A session whose refresh tokens have begun a new line. */
export type RenewedSession = LiveSession & { readonly mode: Mode; readonly generation: number }

export type Rotation = {
  readonly outcome: RefreshOutcome
  readonly generation: number
  /** Of the successor that the answer carries: the head, or the fork. */
  readonly salt: Buffer
  readonly nextHash: Buffer
  readonly session: LiveSession
}

type Presented = {
  sessionId: string
  hash: Buffer
  generation: number
  candidate: { hash: Buffer; salt: Buffer }
  lives: IdleLives
  context: RequestContext
}

export type SessionStore = {
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
  (p: Params<Windows & { id: string }>) => sql`SELECT u.id AS "userId",
      floor(extract(epoch FROM least(s.idle_expires_at, s.absolute_expires_at)))::float8 AS "expiresAt"
    FROM sessions s JOIN users u ON u.id = s.user_id
    WHERE s.id = ${p.id} AND ${isAccepted(p)} AND ${isLive} AND u.disabled_at IS NULL`,
)

export type SessionRow = Omit<LiveSession, 'account'> & ShownAccount
type HeadRow = SessionRow & Pick<Rotation, 'generation'>
type RotationRow = SessionRow & Omit<Rotation, 'session'>

export type RenewedRow = SessionRow & Pick<RenewedSession, 'mode' | 'generation'>

export const toRenewedSession = ({ mode, generation, ...row }: RenewedRow): RenewedSession => ({
  ...toLiveSession(row),
  mode,
  generation,
})

export const toLiveSession = ({ amr, authTime, secondsLeft, remembered, ...account }: SessionRow): LiveSession => ({
  account,
  amr,
  authTime,
  secondsLeft,
  remembered,
})

export function createSessionStore({ pool }: Pick<Database, 'pool'>, windows: RefreshWindows): SessionStore {
  return {
    async rotate({ sessionId, hash, generation, candidate, lives, context }) {
      const next = { sessionId, hash, headHash: candidate.hash, salt: candidate.salt, ...lives }
      // If an answer is lost after the commit, the repetition presents the previous token, and gets the same successor.
      const head = await againIfLost(() => pool.query<HeadRow>(rotateHead(next)))
      if (head.rows[0]) {
        const { generation: reached, ...session } = head.rows[0]
        const { salt, hash: nextHash } = candidate
        return { outcome: 'rotated', generation: reached, salt, nextHash, session: toLiveSession(session) }
      }
      const query = rotateSession({ ...next, ...windows, generation, context: contextParameter(context) })
      const { rows } = await againIfLost(() => pool.query<RotationRow>(query))
      if (!rows[0]) return undefined
      const { outcome, generation: reached, salt, nextHash, ...session } = rows[0]
      return { outcome, generation: reached, salt, nextHash, session: toLiveSession(session) }
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
      const query = selectByRefresh({ id, hash, ...windows })
      const { rows } = await againIfLost(() => pool.query<{ userId: string; expiresAt: number }>(query))
      return rows[0]
    },
  }
}
