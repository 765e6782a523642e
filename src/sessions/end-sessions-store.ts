/** Ends a person's sessions in the transaction of the cause: of a new password, or of what an administrator does. */
import { Prisma, type RevokeReason } from '../database/generated/client.ts'
import { eachInItsOwnTime } from '../database/time-limit.ts'
import { isLive } from './session-store.ts'

type Ending = { readonly userId: string; readonly reason: RevokeReason; readonly except?: string }

// A statement may take two seconds. Who has somebody's password can log in very often, and must not get to keep it by that.
const sessionsAtOnce = 5000

/** For a transaction that ends sessions: time for tens of thousands. */
export const endingSessions = { timeout: 8000 }

/**
 * Ends those that go on, all but one; returns the ids. The caller has locked the person's row: no session begins meanwhile.
 * Sessions are locked in one order, as when somebody ends their devices at the same moment: neither waits for the other for
 * ever.
 */
export const endSessionsOf = (tx: Prisma.TransactionClient, ending: Ending): Promise<string[]> =>
  // There may be very many, and they end together or not at all.
  eachInItsOwnTime(() => endInBatches(tx, ending))

async function endInBatches(tx: Prisma.TransactionClient, { userId, reason, except }: Ending): Promise<string[]> {
  const ids: string[] = []
  for (let ended = sessionsAtOnce; ended === sessionsAtOnce; ) {
    const rows = await tx.$queryRaw<{ id: string }[]>`
      WITH live AS MATERIALIZED (
        SELECT s.id FROM sessions s WHERE s.user_id = ${userId}::uuid AND s.id IS DISTINCT FROM ${except ?? null}::uuid
          AND ${Prisma.raw(isLive)} ORDER BY s.id LIMIT ${sessionsAtOnce} FOR UPDATE
      ) UPDATE sessions s SET revoked_at = statement_timestamp(), revoke_reason = ${reason}::revoke_reason
        FROM live WHERE s.id = live.id RETURNING s.id`
    ended = rows.length
    for (const { id } of rows) ids.push(id)
  }
  return ids
}
