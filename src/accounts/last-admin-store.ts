/** Sees to it that somebody remains an administrator, whoever demotes, disables or deletes whom at the same time. */
import { advisoryLocks } from '../database/advisory-locks.ts'
import type { Prisma, User } from '../database/generated/client.ts'
import { AppError } from '../errors.ts'

export const adminRole = 'admin'

/** Whether the account makes its person an administrator. */
export const isAdmin = ({ roles, disabledAt }: Pick<User, 'roles' | 'disabledAt'>): boolean =>
  roles.includes(adminRole) && disabledAt === null

/**
 * To be called in a transaction that has locked the account and is about to make it no administrator's any more. One such
 * transaction at a time goes on from here, so that each sees what the one before it left. Ends in `last_admin` where nobody
 * else is one. A transaction takes its accounts before this lock, and none after: two can never wait for each other.
 */
export async function requireAnotherAdmin(tx: Prisma.TransactionClient, userId: string): Promise<void> {
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(${advisoryLocks.lastAdmin})`
  // All of them, few as they are: to find the first one of a million, Postgres would read them all.
  const others = await tx.user.count({ where: { id: { not: userId }, roles: { has: adminRole }, disabledAt: null } })
  if (others === 0) throw new AppError('last_admin')
}

/** The account, locked until the transaction ends: no login, no other change comes in between; null where there is none. */
export async function lockAccount(tx: Prisma.TransactionClient, userId: string): Promise<User | null> {
  const locked = await tx.$queryRaw<unknown[]>`SELECT 1 FROM users WHERE id = ${userId}::uuid FOR UPDATE`
  return locked.length === 0 ? null : tx.user.findUnique({ where: { id: userId } })
}
