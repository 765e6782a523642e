/** Administrators and their requests. */
import type { TokenPair } from '../../src/sessions/token-pair.ts'
import { call, refresh, register, untilServed } from './client.ts'
import type { Node } from './node.ts'

type Db = Pick<Node, 'baseUrl' | 'database'>

/** Sets the roles of a user in the database. Returns tokens with these roles. */
export async function withRoles(node: Db, user: TokenPair, roles: readonly string[]): Promise<TokenPair> {
  await node.database.pool.query('UPDATE users SET roles = $2 WHERE id = $1', [user.user.id, roles])
  return (await untilServed(() => refresh(node.baseUrl, user.refresh_token))).body
}

/** Registers an administrator. */
export const registerAdmin = async (node: Db, email?: string): Promise<TokenPair> =>
  withRoles(node, await register(node.baseUrl, email), ['admin'])

export type Query = Readonly<Record<string, string | number>>

/** Sends a GET with this token. The caller gives the type of the body. */
export const ask = <Body = Record<string, unknown>>(node: Db, who: TokenPair, path: string, query: Query = {}) => {
  const search = new URLSearchParams(Object.entries(query).map(([name, value]) => [name, String(value)]))
  return call<Body>(`${node.baseUrl}${path}${search.size > 0 ? `?${search}` : ''}`, { token: who.access_token })
}

export const change = (node: Db, who: TokenPair, userId: string, body: unknown) =>
  call(`${node.baseUrl}/admin/users/${userId}`, { method: 'PATCH', token: who.access_token, body })

export const endSessions = (node: Db, who: TokenPair, userId: string) =>
  call(`${node.baseUrl}/admin/users/${userId}/sessions`, { method: 'DELETE', token: who.access_token })

/** The stored audit events, the oldest first. */
export async function auditRows({ database }: Db, where = 'true', values: readonly unknown[] = []) {
  const { rows } = await database.pool.query(`SELECT * FROM audit_events WHERE ${where} ORDER BY id`, [...values])
  return rows
}
