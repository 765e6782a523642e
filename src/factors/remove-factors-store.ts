/** Removes all factors of a user. */
import type { Prisma } from '../database/generated/client.ts'

/**
 * Call it when the owner of a mailbox takes over an account whose address nobody had verified: a stranger may have opened it, and added a
 * factor to come back with. The caller has locked the row of the user.
 */
export async function removeFactors(
  tx: Pick<Prisma.TransactionClient, 'factor' | 'recoveryCode'>,
  userId: string,
): Promise<void> {
  await tx.factor.deleteMany({ where: { userId } })
  await tx.recoveryCode.deleteMany({ where: { userId } })
}
