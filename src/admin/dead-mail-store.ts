/** Letters that were given up, without what is in them and whom they are to. */
import type { Database } from '../database/client.ts'
import type { Mail } from '../database/generated/client.ts'

export type DeadMail = Pick<Mail, 'id' | 'kind' | 'userId' | 'attempts' | 'lastError' | 'createdAt'> & {
  readonly deadAt: Date
}
/** The last row of the page before. */
export type DeadMailPlace = { readonly deadAt: Date; readonly id: string }

export function createDeadMailStore({ pool }: Database) {
  return {
    /** The newest first. */
    async page(after: DeadMailPlace | undefined, rows: number): Promise<readonly DeadMail[]> {
      const text = `SELECT id, kind, user_id AS "userId", attempts, last_error AS "lastError", created_at AS "createdAt",
          dead_at AS "deadAt"
        FROM mails WHERE dead_at IS NOT NULL ${after ? 'AND (dead_at, id) < ($2, $3::uuid)' : ''}
        ORDER BY dead_at DESC, id DESC LIMIT $1`
      return (await pool.query<DeadMail>(text, [rows, ...(after ? [after.deadAt, after.id] : [])])).rows
    },
  }
}

export type DeadMailStore = ReturnType<typeof createDeadMailStore>
