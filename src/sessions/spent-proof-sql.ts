/**
 * SQL that uses a proof up in the statement that makes or renews a session: a code, a challenge, the attempt itself. So two requests at once
 * with one code get one session.
 *
 * Statements lock the row of the user first, then the attempt, then the factor or code. Any other order could end in a deadlock with a
 * deletion of the user.
 */
import { type Fragment, sql } from '../database/sql.ts'

/**
 * A statement that uses up one thing, and changes nothing unless `when` holds. It returns a row if the thing was there to be used:
 * `UPDATE … WHERE … AND ${when} RETURNING 1`. Stores make them.
 */
export type Consumption = (when: Fragment) => Fragment

/** Parts `name AS (…)` of a statement that change nothing unless `when` holds. */
export type Records = (when: Fragment) => Fragment

/** What a sign-in uses up. */
export type Spent = {
  /** The stored attempt of the sign-in. It is removed. */
  readonly attemptId?: Buffer | undefined
  readonly consumes?: Consumption | undefined
  /** What is written besides if everything could be used up, such as the last use of a passkey. */
  readonly records?: Records | undefined
}

/**
 * The parts of a statement between `checked`, the locked row of the user, and its effect. One of them is `u`: the row of the user if
 * everything could be used up, and else nothing.
 */
export function spend({ attemptId, consumes, records }: Spent): Fragment {
  const isOpen = isOpenWith(attemptId)
  const attempt = sql`attempt AS (
    SELECT id FROM signin_attempts
    WHERE id = ${attemptId} AND expires_at > statement_timestamp() AND EXISTS (SELECT FROM checked) FOR UPDATE
  ), `
  const consumed = consumes && sql`consumed AS (${consumes(isOpen)}), `
  const recorded = records && sql`, ${records(sql`EXISTS (SELECT FROM u)`)}`
  return sql`${attemptId ? attempt : sql``}${consumed ?? sql``}u AS (
    SELECT * FROM checked WHERE ${consumes ? sql`EXISTS (SELECT FROM consumed)` : isOpen}
  )${recorded ?? sql``}`
}

const isOpenWith = (attemptId: Buffer | undefined) =>
  attemptId ? sql`EXISTS (SELECT FROM attempt)` : sql`EXISTS (SELECT FROM checked)`

/** Removes the attempt if the part `s` of the statement has a row. */
export const finishAttempt = ({ attemptId }: Spent): Fragment =>
  attemptId
    ? sql`, finished AS (DELETE FROM signin_attempts WHERE id = ${attemptId} AND EXISTS (SELECT FROM s))`
    : sql``

/** `ended`: the attempt is over, or the account has changed. `not_consumed`: something else has used the code or the challenge up. */
export type Unproven = 'ended' | 'not_consumed'

/** The column `unproven`. It is null if everything was used up. */
export const unproven = ({ attemptId, consumes }: Spent): Fragment =>
  sql`CASE WHEN EXISTS (SELECT FROM u) THEN NULL
    WHEN ${consumes ? isOpenWith(attemptId) : sql`false`} THEN 'not_consumed' ELSE 'ended' END AS unproven`
