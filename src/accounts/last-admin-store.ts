/** Makes sure that an administrator remains, whatever demotions, disablings and deletions happen at the same time. */
import { advisoryLocks } from '../database/advisory-locks.ts'
import type { Prisma, User } from '../database/generated/client.ts'
import { execute, queryRows } from '../database/in-transaction.ts'
import { sql } from '../database/sql.ts'
import { AppError } from '../errors.ts'

export const adminRole = 'admin'

/** Whether the user is an administrator. A disabled user is none. */
export const isAdmin = ({ roles, disabledAt }: Pick<User, 'roles' | 'disabledAt'>): boolean =>
  roles.includes(adminRole) && disabledAt === null

/**
 * Call it in a transaction that has locked the account of an administrator and is about to demote, disable or delete it. From here on,
 * one such transaction runs at a time, so each sees what the one before it changed. Ends in `last_admin` if no other administrator is
 * left. A transaction locks accounts before this lock and none after it, so two never deadlock.
 */
export async function requireAnotherAdmin(tx: Prisma.TransactionClient, userId: string): Promise<void> {
  await execute(tx, sql`SELECT pg_advisory_xact_lock(${advisoryLocks.lastAdmin})`)
  // This counts all administrators. With a LIMIT, Postgres would read the whole table to find the first one of a few.
  const others = await tx.user.count({ where: { id: { not: userId }, roles: { has: adminRole }, disabledAt: null } })
  if (others === 0) throw new AppError('last_admin')
}

/** The account, locked against logins and changes until the transaction ends, or null if there is none. */
export async function lockAccount(tx: Prisma.TransactionClient, userId: string): Promise<User | null> {
  const locked = await queryRows(tx, sql`SELECT 1 FROM users WHERE id = ${userId}::uuid FOR UPDATE`)
  return locked.length === 0 ? null : tx.user.findUnique({ where: { id: userId } })
}
