/** Ends the sessions of a user in the transaction of the cause, such as a new password or a change by an administrator. */
import type { Prisma, RevokeReason } from '../database/generated/client.ts'
import { queryRows } from '../database/in-transaction.ts'
import { sql } from '../database/sql.ts'
import { eachInItsOwnTime } from '../database/time-limit.ts'
import { isLive } from './session-sql.ts'

type Ending = { readonly userId: string; readonly reason: RevokeReason; readonly except?: string }

// One statement may take two seconds. An attacker with the password can log in very often, and must not keep a session by that.
const sessionsAtOnce = 5000

/** Options of a transaction that ends sessions, in milliseconds. It is enough for tens of thousands of sessions. */
export const endingSessions = { timeout: 8000 }

/**
 * Ends all live sessions but one, and returns their ids. The caller has locked the row of the user, so no session begins meanwhile.
 * Sessions are locked in the order of ids, as when a user ends sessions at the same moment, so that no two transactions deadlock.
 */
export const endSessionsOf = (tx: Prisma.TransactionClient, ending: Ending): Promise<string[]> =>
  // There may be very many sessions, and they end together or not at all.
  eachInItsOwnTime(() => endInBatches(tx, ending))

async function endInBatches(tx: Prisma.TransactionClient, { userId, reason, except }: Ending): Promise<string[]> {
  const ids: string[] = []
  for (let ended = sessionsAtOnce; ended === sessionsAtOnce; ) {
    const rows = await queryRows<{ id: string }>(
      tx,
      sql`WITH live AS MATERIALIZED (
        SELECT s.id FROM sessions s WHERE s.user_id = ${userId}::uuid AND s.id IS DISTINCT FROM ${except ?? null}::uuid
          AND ${isLive} ORDER BY s.id LIMIT ${sessionsAtOnce} FOR UPDATE
      ) UPDATE sessions s SET revoked_at = statement_timestamp(), revoke_reason = ${reason}::revoke_reason
        FROM live WHERE s.id = live.id RETURNING s.id`,
    )
    ended = rows.length
    for (const { id } of rows) ids.push(id)
  }
  return ids
}
