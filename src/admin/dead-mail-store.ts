/** Mails that could not be delivered, without their content and address. */
import type { Database } from '../database/client.ts'
import type { Mail } from '../database/generated/client.ts'
import { sql, toQuery } from '../database/sql.ts'

export type DeadMail = Pick<Mail, 'id' | 'kind' | 'userId' | 'attempts' | 'lastError' | 'createdAt'> & {
  readonly deadAt: Date
}
/** The last row of the page before. */
export type DeadMailPosition = { readonly deadAt: Date; readonly id: string }

export type DeadMailStore = {
  /** The next page after a position, the newest first. */
  readonly page: (after: DeadMailPosition | undefined, rows: number) => Promise<readonly DeadMail[]>
}

export function createDeadMailStore({ pool }: Pick<Database, 'pool'>): DeadMailStore {
  return {
    async page(after, rows) {
      const older = after ? sql`AND (dead_at, id) < (${after.deadAt}, ${after.id}::uuid)` : sql``
      const query = sql`SELECT id, kind, user_id AS "userId", attempts, last_error AS "lastError",
          created_at AS "createdAt", dead_at AS "deadAt"
        FROM mails WHERE dead_at IS NOT NULL ${older} ORDER BY dead_at DESC, id DESC LIMIT ${rows}`
      return (await pool.query<DeadMail>(toQuery(query))).rows
    },
  }
}
