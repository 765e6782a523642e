/**
 * Ends all sessions of a user in the transaction of the cause, such as a new password or a change by an administrator. One statement ends
 * them, however many they are. The rows that say why are written for the first thousand.
 */
import type { Prisma, RevokeReason } from '../database/generated/client.ts'
import { execute, queryRows } from '../database/in-transaction.ts'
import { sql } from '../database/sql.ts'
import { isLive, isOpen } from './session-sql.ts'

type Ending = { readonly userId: string; readonly reason: RevokeReason; readonly except?: string }

export type EndedSessions = {
  /** How many sessions ended. `mostMarked` means that many, or more. */
  readonly count: number
  /** Access tokens with a lower version are revoked. */
  readonly tokenVersion: number
}

/** So many sessions get a reason and a time of their end. Without one, the cleaning removes the row. */
export const mostMarked = 1000

/**
 * Ends all live sessions but one. The tokens of that one are revoked too, so it needs new ones. The caller has locked the row of the
 * user, so no session begins meanwhile. Sessions are locked in the order of ids, as when a user ends sessions at the same moment, so
 * that no two transactions deadlock.
 */
export async function endSessionsOf(
  tx: Prisma.TransactionClient,
  { userId, reason, except }: Ending,
): Promise<EndedSessions> {
  const [raised] = await queryRows<{ epoch: number; tokenVersion: number }>(
    tx,
    sql`UPDATE users SET sessions_valid_from = sessions_valid_from + 1 WHERE id = ${userId}::uuid
      RETURNING sessions_valid_from AS epoch, token_version AS "tokenVersion"`,
  )
  if (!raised) return { count: 0, tokenVersion: 0 }
  const { epoch, tokenVersion } = raised
  if (except !== undefined) await execute(tx, sql`UPDATE sessions SET epoch = ${epoch} WHERE id = ${except}::uuid`)
  // The inner query takes any thousand, because sorting hundreds of thousands takes too long.
  const count = await execute(
    tx,
    sql`WITH ended AS MATERIALIZED (
      SELECT id FROM sessions WHERE id = ANY(ARRAY(
        SELECT s.id FROM sessions s WHERE s.user_id = ${userId}::uuid AND s.epoch < ${epoch} AND ${isOpen}
        LIMIT ${mostMarked})) ORDER BY id FOR UPDATE
    ) UPDATE sessions s SET revoked_at = statement_timestamp(), revoke_reason = ${reason}::revoke_reason
      FROM ended WHERE s.id = ended.id AND s.revoked_at IS NULL`,
  )
  return { count, tokenVersion }
}

/**
 * Ends the live sessions that began with one factor, a thousand at most. The caller has locked the row of the user. Returns their number.
 */
export const endWeakSessionsOf = (tx: Prisma.TransactionClient, userId: string): Promise<number> =>
  execute(
    tx,
    sql`WITH weak AS MATERIALIZED (
      SELECT s.id FROM sessions s JOIN users u ON u.id = s.user_id
      WHERE u.id = ${userId}::uuid AND NOT 'mfa' = ANY(s.amr) AND ${isLive} ORDER BY s.id LIMIT ${mostMarked} FOR UPDATE OF s
    ) UPDATE sessions s SET revoked_at = statement_timestamp(), revoke_reason = 'admin'
      FROM weak WHERE s.id = weak.id AND s.revoked_at IS NULL`,
  )

/** Whether the session of the request is live. The caller has locked the row of the user, so it stays so until the transaction ends. */
export async function isSessionLive(
  tx: Prisma.TransactionClient,
  { userId, sessionId }: { readonly userId: string; readonly sessionId: string },
): Promise<boolean> {
  const live = await queryRows(
    tx,
    sql`SELECT 1 FROM sessions s JOIN users u ON u.id = s.user_id
      WHERE s.id = ${sessionId}::uuid AND u.id = ${userId}::uuid AND ${isLive}`,
  )
  return live.length > 0
}
