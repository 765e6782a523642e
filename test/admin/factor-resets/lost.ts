/** A user who has lost every factor, and the state that a reset removes. */
import type { TokenPair } from '../../../src/sessions/token-pair.ts'
import { signInWithTwo } from '../../factors/trusted-devices/trust.ts'
import { call, type Registered, register } from '../../setup/client.ts'
import { addPasskey, addTotp } from '../../setup/factors.ts'
import type { Node } from '../../setup/node.ts'

/** A user with two factors, a recovery code, a trusted device and two sessions. */
export async function registerLost(node: Node): Promise<Registered> {
  const pair = await register(node.baseUrl)
  const { id } = pair.user
  await addTotp(node.database, id)
  await addPasskey(node.database, id)
  await node.database.pool.query(
    `INSERT INTO recovery_codes (id, user_id, hash) VALUES (gen_random_uuid(), $1, sha256($2))`,
    [id, Buffer.from(id)],
  )
  await signInWithTwo(node, id)
  return pair
}

/** The numbers of factors, recovery codes, trusted devices and live sessions. */
export async function leftOf({ database }: Pick<Node, 'database'>, userId: string): Promise<number[]> {
  const where = { userId }
  const { prisma, pool } = database
  const live = await pool.query(
    `SELECT 1 FROM sessions s JOIN users u ON u.id = s.user_id
     WHERE u.id = $1 AND s.revoked_at IS NULL AND s.epoch >= u.sessions_valid_from`,
    [userId],
  )
  return [
    await prisma.factor.count({ where }),
    await prisma.recoveryCode.count({ where }),
    await prisma.trustedDevice.count({ where }),
    live.rows.length,
  ]
}

type At = Pick<Node, 'baseUrl'>
type Waiting = { status: string; id: string; code?: string; detail?: string }

export const reset = (node: At, admin: TokenPair, userId: string) =>
  call<Waiting>(`${node.baseUrl}/admin/users/${userId}/reset-factors`, { method: 'POST', token: admin.access_token })
export const confirm = (node: At, admin: TokenPair, id: string) =>
  call<Waiting>(`${node.baseUrl}/admin/factor-resets/${id}/confirm`, { method: 'POST', token: admin.access_token })
export const cancel = (node: At, admin: TokenPair, id: string) =>
  call<Waiting>(`${node.baseUrl}/admin/factor-resets/${id}`, { method: 'DELETE', token: admin.access_token })
