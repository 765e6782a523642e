/** Removes all factors of a user. */
import type { Prisma } from '../database/generated/client.ts'

/** How many there were of each, with apps that were not confirmed. */
type Removed = { readonly totp: number; readonly passkeys: number; readonly recoveryCodes: number }

/**
 * Removes the factors and the recovery codes. An administrator does it for a user who has lost them. It is also done when the owner of a mailbox
 * takes over an account with an unverified address: a stranger may have opened it, and added a factor to come back with. The caller has
 * locked the row of the user.
 */
export async function removeFactors(
  tx: Pick<Prisma.TransactionClient, 'factor' | 'recoveryCode'>,
  userId: string,
): Promise<Removed> {
  const where = { userId }
  const totp = await tx.factor.count({ where: { ...where, kind: 'totp' } })
  const { count } = await tx.factor.deleteMany({ where })
  const { count: recoveryCodes } = await tx.recoveryCode.deleteMany({ where })
  return { totp, passkeys: count - totp, recoveryCodes }
}
