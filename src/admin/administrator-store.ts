/** Locks the account that is to be changed, and makes sure that the administrator may still change it. */
import { adminRole, lockAccount } from '../accounts/last-admin-store.ts'
import type { Prisma, User } from '../database/generated/client.ts'
import { execute, queryRows } from '../database/in-transaction.ts'
import { sql } from '../database/sql.ts'
import { AppError } from '../errors.ts'
import { isLive } from '../sessions/session-sql.ts'
import type { Administrator } from './administrator.ts'

type Tx = Prisma.TransactionClient

// FOR SHARE: changes by one administrator do not wait for each other, but a change that demotes or disables that administrator does.
async function lockAdministrator(tx: Tx, { userId }: Administrator): Promise<void> {
  await execute(tx, sql`SELECT 1 FROM users WHERE id = ${userId}::uuid FOR SHARE`)
}

/**
 * The account, locked until the transaction ends, or null if there is none. Ends in `token_revoked` if the administrator was demoted,
 * disabled or signed out since the request was authenticated. On the command line there is no administrator. Accounts are locked in the
 * order of their ids: if two administrators demote each other, the later one sees what the first one did, and they do not deadlock.
 */
export async function lockForAdministrator(
  tx: Tx,
  userId: string,
  administrator: Administrator | undefined,
): Promise<User | null> {
  const id = userId.toLowerCase()
  const administratorFirst = administrator && administrator.userId < id
  if (administratorFirst) await lockAdministrator(tx, administrator)
  const user = await lockAccount(tx, id)
  if (administrator && !administratorFirst && administrator.userId !== id) await lockAdministrator(tx, administrator)
  if (administrator) await requireAdministrator(tx, administrator)
  return user
}

// This statement comes after the locks, so it sees what earlier holders of the locks changed. A change of roles raises the token version.
// The statement checks both, because either alone is a reason to refuse.
async function requireAdministrator(tx: Tx, { userId, sessionId, tokenVersion }: Administrator): Promise<void> {
  const standing = await queryRows(
    tx,
    sql`SELECT 1 FROM users u JOIN sessions s ON s.user_id = u.id
    WHERE u.id = ${userId}::uuid AND u.token_version = ${tokenVersion} AND u.disabled_at IS NULL
      AND ${adminRole} = ANY(u.roles) AND s.id = ${sessionId}::uuid AND ${isLive}`,
  )
  if (standing.length === 0) throw new AppError('token_revoked')
}
