/** Authenticator apps in Postgres. */
import type { Database } from '../../database/client.ts'
import type { Factor, User } from '../../database/generated/client.ts'
import { sql } from '../../database/sql.ts'
import { AppError } from '../../errors.ts'
import type { Consumption } from '../../sessions/spent-proof-sql.ts'
import { type FactorChange, type FactorHolder, finishAdding, lockHolder } from '../factor-change-store.ts'

/** A stored app. */
export type StoredTotp = {
  readonly id: string
  readonly sealed: string
  /** The step of the last code that was used. */
  readonly lastStep: number | undefined
}

/** A code that fits: the step that it belongs to, and the secret under the server secret in force if another one sealed it. */
export type UsedCode = { readonly id: string; readonly step: number; readonly resealed: string | undefined }

type NewTotp = { readonly id: string; readonly name: string; readonly sealed: string }
type Confirmation = UsedCode & {
  readonly change: FactorChange
  /** SHA-256 of the recovery codes that the user gets with the first factor. */
  readonly hashes: readonly Buffer[]
}
type Confirmed = { readonly factor: Factor; readonly account: User; readonly gotCodes: boolean }

export type TotpStore = {
  /**
   * Stores an app that is not confirmed yet, instead of another one that is not. Ends in `too_many_apps`, or as `lockHolder` says.
   */
  readonly begin: (by: FactorHolder, totp: NewTotp) => Promise<void>
  /** The app that waits to be confirmed, or undefined. */
  readonly findUnconfirmed: (userId: string) => Promise<StoredTotp | undefined>
  /** Every confirmed app of the user. */
  readonly findConfirmed: (userId: string) => Promise<readonly StoredTotp[]>
  /**
   * Makes the app a factor of the user. Undefined if it does not wait to be confirmed any more. Ends in `too_many_apps`, or as `lockHolder`
   * says.
   */
  readonly confirm: (confirmation: Confirmation) => Promise<Confirmed | undefined>
  /** Uses a code up, unless it or a later one was used. */
  readonly use: (code: UsedCode) => Consumption
}

/** So many apps of one user take codes: each makes a guess more likely to fit. */
const mostApps = 3

const toStored = ({ id, sealedSecret, lastStep }: Pick<Factor, 'id' | 'sealedSecret' | 'lastStep'>): StoredTotp => ({
  id,
  sealed: sealedSecret ?? '',
  lastStep: lastStep === null ? undefined : Number(lastStep),
})
const columns = { id: true, sealedSecret: true, lastStep: true } as const

export function createTotpStore({ prisma }: Pick<Database, 'prisma'>): TotpStore {
  type Tx = Parameters<Parameters<typeof prisma.$transaction>[0]>[0]

  async function requireRoom(tx: Tx, userId: string): Promise<void> {
    const count = await tx.factor.count({ where: { userId, kind: 'totp', confirmedAt: { not: null } } })
    if (count >= mostApps) throw new AppError('too_many_apps')
  }

  return {
    begin: (by, { id, name, sealed }) =>
      prisma.$transaction(async (tx) => {
        const { userId } = by
        await lockHolder(tx, by)
        await requireRoom(tx, userId)
        await tx.factor.deleteMany({ where: { userId, confirmedAt: null } })
        await tx.factor.create({ data: { id, userId, kind: 'totp', name, sealedSecret: sealed } })
      }),

    async findUnconfirmed(userId) {
      const found = await prisma.factor.findFirst({
        where: { userId, kind: 'totp', confirmedAt: null },
        select: columns,
      })
      return found ? toStored(found) : undefined
    },

    async findConfirmed(userId) {
      const where = { userId, kind: 'totp', confirmedAt: { not: null } } as const
      const found = await prisma.factor.findMany({ where, select: columns, orderBy: { id: 'asc' } })
      return found.map(toStored)
    },

    confirm: ({ id, step, resealed, change, hashes }) =>
      prisma.$transaction(async (tx) => {
        const { userId } = change.by
        const before = await lockHolder(tx, change.by)
        await requireRoom(tx, userId)
        const now = new Date()
        const data = { confirmedAt: now, lastUsedAt: now, lastStep: step, ...(resealed && { sealedSecret: resealed }) }
        const [factor] = await tx.factor.updateManyAndReturn({ where: { id, userId, confirmedAt: null }, data })
        if (!factor) return undefined
        return { factor, ...(await finishAdding(tx, change, { before, kind: 'totp', hashes })) }
      }),

    // Of two requests with one code, the second waits for the row, and then finds the step used.
    use:
      ({ id, step, resealed = null }) =>
      (when) =>
        sql`UPDATE factors SET last_step = ${step}, last_used_at = statement_timestamp(),
          sealed_secret = coalesce(${resealed}, sealed_secret)
        WHERE id = ${id} AND confirmed_at IS NOT NULL AND (last_step IS NULL OR last_step < ${step}) AND ${when}
        RETURNING 1 AS one`,
  }
}
