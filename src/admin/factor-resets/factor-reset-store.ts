/** Resets of a user's factors, and those that wait for a second administrator, in Postgres. */
import { isAdmin } from '../../accounts/last-admin-store.ts'
import type { AuditType } from '../../audit/audit-event.ts'
import { recordAudit } from '../../audit/audit-store.ts'
import type { Database } from '../../database/client.ts'
import type { FactorReset, Prisma } from '../../database/generated/client.ts'
import { removeFactors } from '../../factors/remove-factors-store.ts'
import { postMail } from '../../mail/mail-store.ts'
import type { SealedMail } from '../../mail/outbox.ts'
import { endSessionsOf } from '../../sessions/end-sessions-store.ts'
import type { Administrator } from '../administrator.ts'
import { lockForAdministrator } from '../administrator-store.ts'

type Tx = Prisma.TransactionClient
export type StoredReset = FactorReset

/** Access tokens with a lower version are revoked. */
type Reset = { readonly tokenVersion: number }

export type FactorResetStore = {
  /**
   * Removes all factors, recovery codes and trusted devices of the user, and ends all sessions. Undefined if there is no such account. Ends in
   * `token_revoked` if the administrator was demoted, disabled or signed out meanwhile. On the command line there is no administrator.
   */
  readonly reset: (
    userId: string,
    mail: SealedMail | undefined,
    administrator: Administrator | undefined,
  ) => Promise<Reset | undefined>
  /** Stores that an administrator asks for a reset. If one waits already, it is the answer. Undefined and `token_revoked` as above. */
  readonly request: (
    userId: string,
    lifeSeconds: number,
    administrator: Administrator,
  ) => Promise<FactorReset | undefined>
  /** The resets that wait, the oldest first. */
  readonly waiting: (limit: number) => Promise<readonly FactorReset[]>
  /** The reset, if it waits. */
  readonly find: (id: string) => Promise<FactorReset | null>
  /** Carries the reset out. Undefined if it waits no longer, or if its first administrator has lost the role. */
  readonly confirm: (
    waiting: FactorReset,
    mail: SealedMail | undefined,
    administrator: Administrator,
  ) => Promise<Reset | undefined>
  /** Removes a reset that waits. False if it waits no longer. */
  readonly cancel: (waiting: FactorReset, administrator: Administrator) => Promise<boolean>
}

const eventBy = (administrator: Administrator | undefined, subjectId: string) => ({
  subjectId,
  actorId: administrator?.userId,
  sessionId: administrator?.sessionId,
  context: administrator?.context,
})

type Removal = {
  readonly userId: string
  readonly mail: SealedMail | undefined
  readonly administrator: Administrator | undefined
  /** The first of two administrators. */
  readonly requestedBy?: string
}

/** The caller has locked the account. Triggers raise the versions of the credentials and of the tokens. */
async function carryOut(tx: Tx, { userId, mail, administrator, requestedBy }: Removal): Promise<Reset> {
  const where = { userId }
  const { totp, passkeys, recoveryCodes } = await removeFactors(tx, userId)
  await tx.trustedDevice.deleteMany({ where })
  await tx.storedAttempt.deleteMany({ where })
  await tx.factorReset.deleteMany({ where })
  const ended = await endSessionsOf(tx, { userId, reason: 'admin' })
  const detail = { totp, passkeys, recovery_codes: recoveryCodes, sessions: ended.count }
  await recordAudit(tx, {
    type: 'admin_factors_reset',
    ...eventBy(administrator, userId),
    detail: { ...detail, ...(requestedBy === undefined ? {} : { requested_by: requestedBy }) },
  })
  if (mail) await postMail(tx, mail)
  return { tokenVersion: ended.tokenVersion }
}

export function createFactorResetStore({ prisma }: Pick<Database, 'prisma'>): FactorResetStore {
  const isWaiting = () => ({ expiresAt: { gt: new Date() } })
  const record = (tx: Tx, type: AuditType, { id, userId }: FactorReset, administrator: Administrator) =>
    recordAudit(tx, { type, ...eventBy(administrator, userId), detail: { reset: id } })

  return {
    reset: (userId, mail, administrator) =>
      prisma.$transaction(async (tx) => {
        const user = await lockForAdministrator(tx, userId, administrator)
        return user ? carryOut(tx, { userId, mail, administrator }) : undefined
      }),

    request: (userId, lifeSeconds, administrator) =>
      prisma.$transaction(async (tx) => {
        if (!(await lockForAdministrator(tx, userId, administrator))) return undefined
        const waiting = await tx.factorReset.findFirst({ where: { userId, ...isWaiting() } })
        if (waiting) return waiting
        await tx.factorReset.deleteMany({ where: { userId } })
        const expiresAt = new Date(Date.now() + lifeSeconds * 1000)
        const made = await tx.factorReset.create({ data: { userId, requestedById: administrator.userId, expiresAt } })
        await record(tx, 'admin_factor_reset_requested', made, administrator)
        return made
      }),

    waiting: (limit) =>
      prisma.factorReset.findMany({ where: isWaiting(), orderBy: [{ createdAt: 'asc' }, { id: 'asc' }], take: limit }),

    find: (id) => prisma.factorReset.findFirst({ where: { id, ...isWaiting() } }),

    confirm: ({ id, userId, requestedById: requestedBy }, mail, administrator) =>
      prisma.$transaction(async (tx) => {
        if (!(await lockForAdministrator(tx, userId, administrator))) return undefined
        // The lock of the account makes two confirmations wait for each other.
        if (!(await tx.factorReset.findFirst({ where: { id, ...isWaiting() } }))) return undefined
        const first = await tx.user.findUnique({ where: { id: requestedBy } })
        return first && isAdmin(first) ? carryOut(tx, { userId, mail, administrator, requestedBy }) : undefined
      }),

    cancel: (waiting, administrator) =>
      prisma.$transaction(async (tx) => {
        if (!(await lockForAdministrator(tx, waiting.userId, administrator))) return false
        const { count } = await tx.factorReset.deleteMany({ where: { id: waiting.id, ...isWaiting() } })
        if (count > 0) await record(tx, 'admin_factor_reset_cancelled', waiting, administrator)
        return count > 0
      }),
  }
}
