/** Reads and changes the rows of sessions for tests. */
import type { TokenPair } from '../../src/sessions/token-pair.ts'
import { refresh } from './client.ts'
import type { Node } from './node.ts'

type Db = Pick<Node, 'database'>

/** Moves the last rotation of a session this far into the past. */
export async function age({ database }: Db, sessionId: string, seconds: number): Promise<void> {
  const sql = `UPDATE sessions SET rotated_at = rotated_at - $2 * interval '1 second' WHERE id = $1`
  await database.pool.query(sql, [sessionId, seconds])
}

/** Moves the login of a session this far into the past. Returns its next tokens, whose auth_time says so. */
export async function withOldLogin(
  { baseUrl, database }: Pick<Node, 'baseUrl' | 'database'>,
  { session_id: id, refresh_token: token }: TokenPair,
  interval = '1 hour',
): Promise<TokenPair> {
  await database.pool.query('UPDATE sessions SET authenticated_at = now() - $2::interval WHERE id = $1', [id, interval])
  return (await refresh(baseUrl, token)).body
}

/** Gives a session these methods (RFC 8176), as a sign-in with them would. Returns its next tokens. */
export async function withMethods(
  { baseUrl, database }: Pick<Node, 'baseUrl' | 'database'>,
  pair: TokenPair,
  amr: string[],
) {
  await database.pool.query('UPDATE sessions SET amr = $2 WHERE id = $1', [pair.session_id, amr])
  return (await refresh(baseUrl, pair.refresh_token)).body
}

/** The row of a session. */
export async function row({ database }: Db, sessionId: string) {
  const { rows } = await database.pool.query('SELECT * FROM sessions WHERE id = $1', [sessionId])
  return rows[0]
}
