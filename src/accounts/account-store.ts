/** Accounts in Postgres. */

import { recordAudit } from '../audit/audit-store.ts'
import type { Database } from '../database/client.ts'
import { Prisma, type User } from '../database/generated/client.ts'
import type { RequestContext } from '../http/request-context.ts'

export type Account = User
type NewAccount = Pick<Account, 'email' | 'emailKey' | 'name' | 'passwordHash'>

/** What binds a one-time token to the password of this hash (`one_time_tokens.bound_to`). */
export const passwordBinding = (passwordHash: Prisma.Sql) => Prisma.sql`sha256(convert_to(${passwordHash}, 'UTF8'))`

export function createAccountStore({ prisma }: Database) {
  return {
    findByEmailKey: (emailKey: string): Promise<Account | null> => prisma.user.findUnique({ where: { emailKey } }),

    findById: (id: string): Promise<Account | null> => prisma.user.findUnique({ where: { id } }),

    /** The new account, or undefined where its address is taken; the unique index decides between two at once. */
    async insert(account: NewAccount, context: RequestContext): Promise<Account | undefined> {
      try {
        return await prisma.$transaction(async (tx) => {
          const made = await tx.user.create({ data: account })
          await recordAudit(tx, { type: 'account_registered', actorId: made.id, subjectId: made.id, context })
          return made
        })
      } catch (error) {
        if (error instanceof Prisma.PrismaClientKnownRequestError && error.code === 'P2002') return undefined
        throw error
      }
    },

    /** The account after the change, or null where there is none. */
    async rename(id: string, name: string | null): Promise<Account | null> {
      const [account] = await prisma.user.updateManyAndReturn({ where: { id }, data: { name } })
      return account ?? null
    },

    /**
     * Replaces a hash by a stronger one of the same password, unless the password was changed meanwhile. What is bound to
     * the password stays bound to it.
     */
    renewPasswordHash: (id: string, from: string, to: string): Promise<void> =>
      prisma.$transaction(async (tx) => {
        const { count } = await tx.user.updateMany({ where: { id, passwordHash: from }, data: { passwordHash: to } })
        if (count === 0) return
        const [old, renewed] = [from, to].map((hash) => passwordBinding(Prisma.sql`${hash}::text`))
        // A statement of its own: it sees tokens that were made while the one above waited for the row.
        await tx.$executeRaw`UPDATE one_time_tokens SET bound_to = ${renewed}
          WHERE user_id = ${id}::uuid AND bound_to = ${old}`
      }),
  }
}

export type AccountStore = ReturnType<typeof createAccountStore>
