/**
 * The statements that decide about a refresh token. Each decision is one statement, on the row's latest version and by the database's
 * clock. So two requests at once, on two nodes, cannot both find the same head. The table of outcomes is in docs/reference/rotation.md.
 */
import { shownColumns } from '../accounts/user-sql.ts'
import { auditContextColumns, auditContextValues, auditContextValuesIf } from '../audit/audit-sql.ts'
import { type Param, type Params, sql, statement } from '../database/sql.ts'
import { isLive, sessionColumns } from './session-sql.ts'

/** How long after its exchange a refresh token is still accepted. Both 0 is strict single use (RFC 9700). */
export type RefreshWindows = {
  /** For this long the answer has the same successor. */
  readonly leewaySeconds: number
  /** For this long, counted from the exchange too, the answer has the fork once the leeway is over. */
  readonly forkSeconds: number
}

const isHead = (hash: Param<Buffer>) => sql`s.head_hash = ${hash}`
const isFork = (hash: Param<Buffer>) => sql`coalesce(s.fork_hash = ${hash}, false)`
const isPrev = (hash: Param<Buffer>) => sql`coalesce(s.prev_hash = ${hash}, false)`
/** The secret of a candidate: the head, or the fork beside it. */
const isNext = (hash: Param<Buffer>) => sql`(${isHead(hash)} OR ${isFork(hash)})`

/** The lives of a session without a refresh. The shorter one is that of a session that is not remembered. */
export type IdleLives = { readonly idleSeconds: number; readonly browserSeconds: number }

const idleEnd = (p: Params<IdleLives>) =>
  sql`statement_timestamp() + CASE WHEN s.remembered THEN ${p.idleSeconds}::int ELSE ${p.browserSeconds}::int END * interval '1 second'`

type RotateHead = { sessionId: string; hash: Buffer; headHash: Buffer; salt: Buffer } & IdleLives

// Nearly every refresh presents the head. This plain UPDATE does half the work of the next statement. If it finds no row, the next
// statement decides, whatever happened in between.
export const rotateHead = statement(
  'rotate-head',
  (p: Params<RotateHead>) => sql`UPDATE sessions s SET last_outcome = 'rotated', generation = s.generation + 1,
    prev_hash = s.head_hash, head_hash = ${p.headHash}, salt = ${p.salt}, fork_hash = NULL, fork_salt = NULL,
    rotated_at = statement_timestamp(),
    idle_expires_at = ${idleEnd(p)}
  FROM users u
  WHERE s.id = ${p.sessionId} AND ${isHead(p.hash)} AND u.id = s.user_id AND u.disabled_at IS NULL AND ${isLive}
  RETURNING s.generation, ${sessionColumns}, ${shownColumns}`,
)

export type Windows = RefreshWindows & { hash: Buffer }
type RotateSession = RotateHead & Windows & { generation: number; context: string }

// statement_timestamp() is one value for the whole statement. With clock_timestamp(), two of these expressions could fall on
// different sides of a window.
const isWithin = (seconds: Param<number>) =>
  sql`statement_timestamp() < s.rotated_at + ${seconds} * interval '1 second'`
const isReplay = (p: Params<Windows>) => sql`(${isPrev(p.hash)} AND ${isWithin(p.leewaySeconds)})`
const forks = (p: Params<Windows>) =>
  sql`(${isPrev(p.hash)} AND NOT ${isWithin(p.leewaySeconds)} AND ${isWithin(p.forkSeconds)})`
/** A refresh with this secret would succeed. */
export const isAccepted = (p: Params<Windows>) => sql`(${isNext(p.hash)} OR ${isReplay(p)} OR ${forks(p)})`
const isSuperseded = (p: Params<Windows>) => sql`${p.hash} = ANY(s.superseded_hashes)`
const isTheft = (p: Params<RotateSession>) =>
  sql`NOT (${isAccepted(p)} OR ${isSuperseded(p)} OR ${p.generation} > s.generation)`

/**
 * The assignments that begin a new line of refresh tokens with this secret. Every token from before stops working. A client that
 * presents one of the last tokens may not have the answer yet, so that is no theft.
 */
export const beginLine = (
  headHash: Param<Buffer> | Buffer,
) => sql`generation = s.generation + 1, head_hash = ${headHash},
    superseded_hashes = array_remove(ARRAY[s.head_hash, s.fork_hash, s.prev_hash], NULL),
    prev_hash = NULL, salt = NULL, fork_hash = NULL, fork_salt = NULL, rotated_at = statement_timestamp(),
    authenticated_at = statement_timestamp()`

// Every expression sees the row as it was before this statement. A second statement waits for the first, and then works on the row
// as the first one left it. FOR KEY SHARE waits for a deletion of the user that runs at the same time.
export const rotateSession = statement(
  'rotate-session',
  (p: Params<RotateSession>) => sql`WITH rotated AS (UPDATE sessions s SET
    last_outcome = (CASE
      WHEN ${isNext(p.hash)} THEN 'rotated' WHEN ${isReplay(p)} THEN 'replayed' WHEN ${forks(p)} THEN 'forked'
      WHEN ${isSuperseded(p)} THEN 'superseded' WHEN ${p.generation} > s.generation THEN 'ahead'
      ELSE 'reused' END)::refresh_outcome,
    generation = s.generation + CASE WHEN ${isNext(p.hash)} THEN 1 ELSE 0 END,
    prev_hash = CASE WHEN ${isNext(p.hash)} THEN ${p.hash} ELSE s.prev_hash END,
    head_hash = CASE WHEN ${isNext(p.hash)} THEN ${p.headHash} ELSE s.head_hash END,
    salt = CASE WHEN ${isNext(p.hash)} THEN ${p.salt} ELSE s.salt END,
    fork_hash = CASE WHEN ${isNext(p.hash)} THEN NULL WHEN ${forks(p)} THEN coalesce(s.fork_hash, ${p.headHash})
      ELSE s.fork_hash END,
    fork_salt = CASE WHEN ${isNext(p.hash)} THEN NULL WHEN ${forks(p)} THEN coalesce(s.fork_salt, ${p.salt})
      ELSE s.fork_salt END,
    rotated_at = CASE WHEN ${isNext(p.hash)} THEN statement_timestamp() ELSE s.rotated_at END,
    idle_expires_at = CASE WHEN ${isNext(p.hash)} THEN ${idleEnd(p)} ELSE s.idle_expires_at END,
    revoked_at = CASE WHEN ${isTheft(p)} THEN statement_timestamp() END,
    revoke_reason = CASE WHEN ${isTheft(p)} THEN 'reuse'::revoke_reason END
  FROM users u
  WHERE s.id = ${p.sessionId} AND u.id = s.user_id AND u.disabled_at IS NULL AND ${isLive}
  RETURNING s.last_outcome AS outcome, s.generation,
    CASE WHEN s.last_outcome = 'forked' THEN s.fork_salt ELSE s.salt END AS salt,
    CASE WHEN s.last_outcome = 'forked' THEN s.fork_hash ELSE s.head_hash END AS "nextHash",
    ${sessionColumns}, ${shownColumns}
  ), ended AS (
    SELECT s.user_id FROM sessions s JOIN users u ON u.id = s.user_id
    WHERE s.id = ${p.sessionId} AND NOT EXISTS (SELECT FROM rotated) FOR KEY SHARE OF u
  ), audited AS (
    INSERT INTO audit_events (type, subject_id, session_id, ${auditContextColumns})
    SELECT 'refresh_' || outcome, id, ${p.sessionId}, ${auditContextValues(p.context)} FROM rotated
    WHERE outcome <> 'rotated'
    UNION ALL SELECT 'refresh_ended', user_id, ${p.sessionId},
      ${auditContextValuesIf(sql`user_id IS NOT NULL`, p.context)}
    FROM (SELECT 1) AS event LEFT JOIN ended ON true WHERE NOT EXISTS (SELECT FROM rotated)
  ) SELECT * FROM rotated`,
)
