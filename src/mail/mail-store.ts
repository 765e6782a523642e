/** The outbox in Postgres. */
import type { Prisma } from '../database/generated/client.ts'
import type { SealedMail } from './outbox.ts'

/** Puts a letter into the outbox, in the transaction of its cause. */
export async function postMail(tx: Pick<Prisma.TransactionClient, 'mail'>, mail: SealedMail): Promise<void> {
  await tx.mail.create({ data: mail, select: { id: true } })
}
