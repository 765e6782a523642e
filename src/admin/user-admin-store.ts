/** Changes of an account by administrators and operators. Each is one transaction with its audit events. */
import { type AccountWithEmail, findByEmailKey } from '../accounts/account-store.ts'
import { adminRole, isAdmin, requireAnotherAdmin } from '../accounts/last-admin-store.ts'
import { insertResetToken } from '../accounts/user-sql.ts'
import type { AuditEvent, AuditType } from '../audit/audit-event.ts'
import { recordAudit } from '../audit/audit-store.ts'
import type { Database } from '../database/client.ts'
import { Prisma, type Session, type User } from '../database/generated/client.ts'
import { execute, queryRows } from '../database/in-transaction.ts'
import { sql } from '../database/sql.ts'
import { invalidMember } from '../errors.ts'
import { type EndedSessions, endSessionsOf, endWeakSessionsOf } from '../sessions/end-sessions-store.ts'
import { isLive } from '../sessions/session-sql.ts'
import type { Administrator } from './administrator.ts'
import { lockForAdministrator } from './administrator-store.ts'

export type StoredSession = Pick<
  Session,
  | 'id'
  | 'mode'
  | 'device'
  | 'ip'
  | 'createdAt'
  | 'rotatedAt'
  | 'authenticatedAt'
  | 'idleExpiresAt'
  | 'absoluteExpiresAt'
>

/** How many factors a user has. */
export type FactorCounts = {
  readonly totp: number
  readonly passkeys: number
  readonly recovery_codes_left: number
  readonly trusted_devices: number
}

export type UserChange = {
  /** Computes the new roles from those of the locked account. */
  readonly roles?: ((present: readonly string[]) => readonly string[]) | undefined
  /** Whether users with these roles must have two factors. A user who must from now on has no session of one factor left. */
  readonly requiresTwo: (roles: readonly string[]) => boolean
  readonly disabled?: boolean | undefined
  readonly emailVerified?: boolean | undefined
}
/** The account after the change. */
export type ChangedUser = { readonly user: User; readonly changed: boolean }
type Change = { readonly data: Prisma.UserUpdateInput; readonly events: readonly Happened[] }
type Happened = Pick<AuditEvent, 'type' | 'detail'>

function rolesChange(user: User, roles: readonly string[]): Change[] {
  const added = roles.filter((role) => !user.roles.includes(role))
  const removed = user.roles.filter((role) => !roles.includes(role))
  if (added.length + removed.length === 0) return []
  return [{ data: { roles: [...roles] }, events: [{ type: 'admin_roles_changed', detail: { added, removed } }] }]
}

function disabledChange(user: User, disabled: boolean | undefined, now: Date): Change[] {
  if (disabled === undefined || disabled === (user.disabledAt !== null)) return []
  const type: AuditType = disabled ? 'admin_account_disabled' : 'admin_account_enabled'
  return [{ data: { disabledAt: disabled ? now : null }, events: [{ type }] }]
}

function verifiedChange(user: User, verified: boolean | undefined, now: Date): Change[] {
  if (verified === undefined || verified === (user.emailVerifiedAt !== null)) return []
  if (user.email === null) throw invalidMember('/email_verified', 'nothing_to_verify')
  const event: Happened = { type: 'admin_email_verified', detail: { verified } }
  return [{ data: { emailVerifiedAt: verified ? now : null }, events: [event] }]
}

const endSessions = (tx: Prisma.TransactionClient, userId: string) => endSessionsOf(tx, { userId, reason: 'admin' })

const eventOf = (happened: Happened, subjectId: string, administrator: Administrator | undefined): AuditEvent => ({
  ...happened,
  subjectId,
  actorId: administrator?.userId,
  sessionId: administrator?.sessionId,
  context: administrator?.context,
})

export type UserAdminStore = {
  readonly find: (id: string) => Promise<User | null>
  readonly findByEmailKey: (emailKey: string) => Promise<AccountWithEmail | null>
  /** The numbers of factors, of recovery codes that are left, and of trusted devices. */
  readonly countFactors: (userId: string) => Promise<FactorCounts>
  /** The user's live sessions, the newest first. */
  readonly liveSessions: (userId: string, most: number) => Promise<readonly StoredSession[]>
  /**
   * Makes the changes; disabling ends the user's sessions. A value that is set already writes no audit event. Undefined if there is no such
   * account. Ends in `last_admin`, in `invalid_request` if the email of a user without one is to be verified, or in `token_revoked` if the
   * administrator was demoted, disabled or signed out meanwhile.
   */
  readonly change: (
    id: string,
    wish: UserChange,
    administrator: Administrator | undefined,
  ) => Promise<ChangedUser | undefined>
  /** Ends every session of the user. Undefined if there is no such account. Ends in `token_revoked` as above. */
  readonly endSessions: (id: string, administrator: Administrator) => Promise<EndedSessions | undefined>
  /** A new administrator with a verified address, and a link for their first password. Undefined if the address has an account. */
  readonly insertAdmin: (
    account: Pick<AccountWithEmail, 'email' | 'emailKey' | 'passwordHash'>,
    link?: { readonly hash: Buffer; readonly lifeSeconds: number },
  ) => Promise<User | undefined>
}

export function createUserAdminStore({ prisma }: Pick<Database, 'prisma'>): UserAdminStore {
  return {
    find: (id) => prisma.user.findUnique({ where: { id } }),

    findByEmailKey: (emailKey) => findByEmailKey(prisma, emailKey),

    async countFactors(userId) {
      const [totp, passkeys] = await Promise.all(
        (['totp', 'passkey'] as const).map((kind) =>
          prisma.factor.count({ where: { userId, kind, confirmedAt: { not: null } } }),
        ),
      )
      const codes = await prisma.recoveryCode.count({ where: { userId, usedAt: null } })
      const devices = await prisma.trustedDevice.count({ where: { userId, expiresAt: { gt: new Date() } } })
      return { totp: totp ?? 0, passkeys: passkeys ?? 0, recovery_codes_left: codes, trusted_devices: devices }
    },

    liveSessions: (userId, most) =>
      queryRows<StoredSession>(
        prisma,
        sql`SELECT s.id, s.mode, s.device, s.ip, s.created_at AS "createdAt", s.rotated_at AS "rotatedAt",
        s.authenticated_at AS "authenticatedAt", s.idle_expires_at AS "idleExpiresAt",
        s.absolute_expires_at AS "absoluteExpiresAt"
      FROM sessions s JOIN users u ON u.id = s.user_id WHERE u.id = ${userId}::uuid AND ${isLive}
      ORDER BY s.created_at DESC, s.id DESC LIMIT ${most}`,
      ),

    change: (id, wish, administrator) =>
      prisma.$transaction(async (tx) => {
        const user = await lockForAdministrator(tx, id, administrator)
        if (!user) return undefined
        const now = new Date()
        const roles = wish.roles?.(user.roles) ?? user.roles
        const changes = [
          ...rolesChange(user, roles),
          ...disabledChange(user, wish.disabled, now),
          ...verifiedChange(user, wish.emailVerified, now),
        ]
        if (changes.length === 0) return { user, changed: false }
        const disabled = wish.disabled ?? user.disabledAt !== null
        if (isAdmin(user) && (disabled || !roles.includes(adminRole))) await requireAnotherAdmin(tx, id)
        const data: Prisma.UserUpdateInput = Object.assign({}, ...changes.map((change) => change.data))
        const after = await tx.user.update({ where: { id }, data })
        const ended = disabled && user.disabledAt === null ? await endSessions(tx, id) : undefined
        const weak =
          !ended && wish.requiresTwo(roles) && !wish.requiresTwo(user.roles) ? await endWeakSessionsOf(tx, id) : 0
        for (const happened of changes.flatMap(({ events }) => events))
          await recordAudit(tx, eventOf(happened, id, administrator))
        if (ended?.count) await recordAudit(tx, sessionsEnded(ended, id, administrator))
        if (weak > 0) await recordAudit(tx, sessionsEnded({ count: weak }, id, administrator, 'second_factor'))
        return { user: ended ? { ...after, tokenVersion: ended.tokenVersion } : after, changed: true }
      }),

    endSessions: (id, administrator) =>
      prisma.$transaction(async (tx) => {
        if (!(await lockForAdministrator(tx, id, administrator))) return undefined
        const ended = await endSessions(tx, id)
        if (ended.count > 0) await recordAudit(tx, sessionsEnded(ended, id, administrator))
        return ended
      }),

    async insertAdmin(account, link) {
      try {
        return await prisma.$transaction(async (tx) => {
          const data = { ...account, roles: [adminRole], emailVerifiedAt: new Date() }
          const made = await tx.user.create({ data })
          if (link) {
            await execute(
              tx,
              sql`WITH u AS (SELECT * FROM users WHERE id = ${made.id}::uuid) ${insertResetToken(link)}`,
            )
          }
          await recordAudit(tx, { type: 'account_registered', subjectId: made.id })
          const detail = { added: [adminRole], removed: [] }
          await recordAudit(tx, { type: 'admin_roles_changed', subjectId: made.id, detail })
          return made
        })
      } catch (error) {
        if (error instanceof Prisma.PrismaClientKnownRequestError && error.code === 'P2002') return undefined
        throw error
      }
    },
  }
}

const sessionsEnded = (
  { count }: Pick<EndedSessions, 'count'>,
  id: string,
  administrator: Administrator | undefined,
  reason = 'admin',
): AuditEvent => eventOf({ type: 'admin_sessions_ended', detail: { sessions: count, reason } }, id, administrator)
