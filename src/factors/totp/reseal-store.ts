/** Secrets of authenticator apps that an older server secret has sealed, in Postgres. */
import type { Database } from '../../database/client.ts'

export type SealedTotp = { readonly id: string; readonly sealed: string }

export type ResealStore = {
  /** At most `most` texts that begin otherwise, of apps with higher ids than `after`, in the order of the ids. */
  readonly older: (prefix: string, after: string | undefined, most: number) => Promise<readonly SealedTotp[]>
  /** Replaces a text, unless it was replaced meanwhile. */
  readonly replace: (id: string, from: string, to: string) => Promise<void>
}

export function createResealStore({ prisma }: Pick<Database, 'prisma'>): ResealStore {
  return {
    async older(prefix, after, most) {
      const found = await prisma.factor.findMany({
        where: { kind: 'totp', NOT: { sealedSecret: { startsWith: prefix } }, ...(after && { id: { gt: after } }) },
        select: { id: true, sealedSecret: true },
        orderBy: { id: 'asc' },
        take: most,
      })
      return found.map(({ id, sealedSecret }) => ({ id, sealed: sealedSecret ?? '' }))
    },

    async replace(id, from, to) {
      await prisma.factor.updateMany({ where: { id, sealedSecret: from }, data: { sealedSecret: to } })
    },
  }
}
