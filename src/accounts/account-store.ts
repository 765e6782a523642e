/** Accounts in Postgres. */

import { recordAudit } from '../audit/audit-store.ts'
import type { Database } from '../database/client.ts'
import { Prisma, type User } from '../database/generated/client.ts'
import type { RequestContext } from '../http/request-context.ts'

export type Account = User
type NewAccount = Pick<Account, 'email' | 'emailKey' | 'name' | 'passwordHash'>

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

    /** Replaces a hash by a stronger one of the same password, unless the password was changed meanwhile. */
    renewPasswordHash: (id: string, from: string, to: string) =>
      prisma.user.updateMany({ where: { id, passwordHash: from }, data: { passwordHash: to } }),
  }
}

export type AccountStore = ReturnType<typeof createAccountStore>
