/** Users with several sessions, and the reasons for which these ended. */
import type { TokenPair } from '../../src/sessions/token-pair.ts'
import { call, password, register } from '../setup/client.ts'
import type { Node } from '../setup/node.ts'
import { row } from '../setup/sessions.ts'

export function usersOn(node: Node) {
  const login = async ({ email }: { email: string }): Promise<TokenPair> =>
    (await call<TokenPair>(`${node.baseUrl}/auth/login`, { body: { email, password } })).body

  return {
    login,

    /** Registers a user and logs in until they have this many sessions. */
    personWith: async (count: number): Promise<[TokenPair, ...TokenPair[]]> => {
      const first = await register(node.baseUrl)
      const others: TokenPair[] = []
      // One after the other: the queue of hashes takes few logins of one account at once.
      while (others.length < count - 1) others.push(await login(first.user))
      return [first, ...others]
    },

    /** The reason for which each session ended, or null for an active one. */
    reasons: (pairs: readonly TokenPair[]) =>
      Promise.all(pairs.map(async ({ session_id }) => (await row(node, session_id)).revoke_reason)),

    events: async (type: string, userId: string) => {
      const sql = 'SELECT * FROM audit_events WHERE type = $1 AND subject_id = $2 ORDER BY id'
      return (await node.database.pool.query(sql, [type, userId])).rows
    },
  }
}
