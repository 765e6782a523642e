/** What the rotation tests do to sessions from outside: let time pass, look at rows. */
import type { Node } from './node.ts'

type Db = Pick<Node, 'database'>

/** Lets a session's last rotation lie this much further back. */
export async function age({ database }: Db, sessionId: string, seconds: number): Promise<void> {
  const sql = `UPDATE sessions SET rotated_at = rotated_at - $2 * interval '1 second' WHERE id = $1`
  await database.pool.query(sql, [sessionId, seconds])
}

/** A session's row as it stands. */
export async function row({ database }: Db, sessionId: string) {
  const { rows } = await database.pool.query('SELECT * FROM sessions WHERE id = $1', [sessionId])
  return rows[0]
}
