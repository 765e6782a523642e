/** The factors of a user in Postgres, of every kind. */
import type { Database } from '../../database/client.ts'
import type { User } from '../../database/generated/client.ts'
import { AppError } from '../../errors.ts'
import { postMail } from '../../mail/mail-store.ts'
import type { SealedMail } from '../../mail/outbox.ts'
import type { FactorRow } from '../factor.ts'
import { type FactorChange, lockHolder, recordChange, replaceRecoveryCodes } from '../factor-change-store.ts'

type Removal = Omit<FactorChange, 'mail'> & {
  readonly id: string
  /** Whether the settings require a factor of the account. */
  readonly requires: (account: Pick<User, 'roles'>) => boolean
  /** The sealed mail to the user. */
  readonly mailTo: (account: User, removed: Removed) => Promise<SealedMail | undefined>
}
type Removed = {
  readonly kind: FactorRow['kind']
  /** Whether no factor is left. */
  readonly last: boolean
}

export type FactorStore = {
  /** The confirmed factors of the user, the oldest first. */
  readonly list: (userId: string) => Promise<readonly FactorRow[]>
  /** Undefined if the user has no such factor. Ends as `lockHolder` says. */
  readonly rename: (
    change: Omit<FactorChange, 'mail'>,
    factor: { readonly id: string; readonly name: string },
  ) => Promise<FactorRow | undefined>
  /**
   * Removes a factor, and with the last one the recovery codes. `credentialIds` are those of the passkeys that are left. Undefined if the user
   * has no such factor. Ends in `last_factor` if the settings require one and no other is left, or as `lockHolder` says.
   */
  readonly remove: (
    removal: Removal,
  ) => Promise<(Removed & { readonly tokenVersion: number; readonly credentialIds: readonly Buffer[] }) | undefined>
}

const isConfirmed = { confirmedAt: { not: null } } as const
const shown = { id: true, kind: true, name: true, createdAt: true, lastUsedAt: true, synced: true } as const

export function createFactorStore({ prisma }: Pick<Database, 'prisma'>): FactorStore {
  return {
    list: (userId) =>
      prisma.factor.findMany({ where: { userId, ...isConfirmed }, select: shown, orderBy: { id: 'asc' } }),

    rename: (change, { id, name }) =>
      prisma.$transaction(async (tx) => {
        const { userId } = change.by
        await lockHolder(tx, change.by)
        const where = { id, userId, ...isConfirmed }
        const [factor] = await tx.factor.updateManyAndReturn({ where, data: { name }, select: shown })
        if (factor) await recordChange(tx, change, 'factor_renamed', { kind: factor.kind })
        return factor
      }),

    remove: ({ id, requires, mailTo, ...change }) =>
      prisma.$transaction(async (tx) => {
        const { userId } = change.by
        const account = await lockHolder(tx, change.by)
        const factors = await tx.factor.findMany({ where: { userId, ...isConfirmed } })
        const factor = factors.find((one) => one.id === id)
        if (!factor) return undefined
        const { kind } = factor
        const last = factors.length === 1
        if (last && requires(account)) throw new AppError('last_factor')
        await tx.factor.delete({ where: { id } })
        if (last) await replaceRecoveryCodes(tx, userId, [])
        await recordChange(tx, change, 'factor_removed', { kind, last })
        const mail = await mailTo(account, { kind, last })
        if (mail) await postMail(tx, mail)
        const { tokenVersion } = await tx.user.findUniqueOrThrow({ where: { id: userId } })
        const left = factors.filter((one) => one.id !== id)
        const credentialIds = left.flatMap(({ credentialId }) => (credentialId ? [Buffer.from(credentialId)] : []))
        return { kind, last, tokenVersion, credentialIds }
      }),
  }
}
