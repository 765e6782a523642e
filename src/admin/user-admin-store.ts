/** What administrators and operators do to an account, each in one transaction with its audit events. */
import { adminRole, isAdmin, requireAnotherAdmin } from '../accounts/last-admin-store.ts'
import type { AuditEvent, AuditType } from '../audit/audit-event.ts'
import { recordAudit } from '../audit/audit-store.ts'
import type { Database } from '../database/client.ts'
import { Prisma, type Session, type User } from '../database/generated/client.ts'
import { endingSessions, endSessionsOf } from '../sessions/end-sessions-store.ts'
import { isLive } from '../sessions/session-store.ts'
import type { Actor } from './actor.ts'
import { lockForActor } from './actor-store.ts'

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

export type UserChange = {
  /** From the roles as they are when the account is locked. */
  readonly roles?: ((present: readonly string[]) => readonly string[]) | undefined
  readonly disabled?: boolean | undefined
  readonly emailVerified?: boolean | undefined
}
/** The account after the change, and what ended with it. */
export type ChangedUser = { readonly user: User; readonly endedSessions: readonly string[]; readonly changed: boolean }
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
  const event: Happened = { type: 'admin_email_verified', detail: { verified } }
  return [{ data: { emailVerifiedAt: verified ? now : null }, events: [event] }]
}

const endSessions = (tx: Prisma.TransactionClient, userId: string) => endSessionsOf(tx, { userId, reason: 'admin' })

const eventOf = (happened: Happened, subjectId: string, actor: Actor | undefined): AuditEvent => ({
  ...happened,
  subjectId,
  actorId: actor?.userId,
  sessionId: actor?.sessionId,
  context: actor?.context,
})

export function createUserAdminStore({ prisma }: Database) {
  return {
    find: (id: string): Promise<User | null> => prisma.user.findUnique({ where: { id } }),

    findByEmailKey: (emailKey: string): Promise<User | null> => prisma.user.findUnique({ where: { emailKey } }),

    /** The person's sessions that go on, the one begun last first. */
    liveSessions: (userId: string, most: number): Promise<StoredSession[]> => prisma.$queryRaw<StoredSession[]>`
      SELECT s.id, s.mode, s.device, s.ip, s.created_at AS "createdAt", s.rotated_at AS "rotatedAt",
        s.authenticated_at AS "authenticatedAt", s.idle_expires_at AS "idleExpiresAt",
        s.absolute_expires_at AS "absoluteExpiresAt"
      FROM sessions s WHERE s.user_id = ${userId}::uuid AND ${Prisma.raw(isLive)}
      ORDER BY s.created_at DESC, s.id DESC LIMIT ${most}`,

    /**
     * Makes of the account what is asked for; disabling ends its sessions. What is so already stays, and is no event.
     * Undefined where there is no such account. Ends in `last_admin`, or in `invalid_token` where the actor may not any more.
     */
    change: (id: string, wish: UserChange, actor: Actor | undefined): Promise<ChangedUser | undefined> =>
      prisma.$transaction(async (tx) => {
        const user = await lockForActor(tx, id, actor)
        if (!user) return undefined
        const now = new Date()
        const roles = wish.roles?.(user.roles) ?? user.roles
        const changes = [
          ...rolesChange(user, roles),
          ...disabledChange(user, wish.disabled, now),
          ...verifiedChange(user, wish.emailVerified, now),
        ]
        if (changes.length === 0) return { user, endedSessions: [], changed: false }
        const disabled = wish.disabled ?? user.disabledAt !== null
        if (isAdmin(user) && (disabled || !roles.includes(adminRole))) await requireAnotherAdmin(tx, id)
        const data: Prisma.UserUpdateInput = Object.assign({}, ...changes.map((change) => change.data))
        const after = await tx.user.update({ where: { id }, data })
        const endedSessions = disabled && user.disabledAt === null ? await endSessions(tx, id) : []
        for (const happened of changes.flatMap(({ events }) => events))
          await recordAudit(tx, eventOf(happened, id, actor))
        if (endedSessions.length > 0) await recordAudit(tx, sessionsEnded(endedSessions, id, actor))
        return { user: after, endedSessions, changed: true }
      }, endingSessions),

    /**
     * Ends every session of the person, and says which; undefined where there is no such account. Ends in `invalid_token` as
     * above.
     */
    endSessions: (id: string, actor: Actor): Promise<readonly string[] | undefined> =>
      prisma.$transaction(async (tx) => {
        if (!(await lockForActor(tx, id, actor))) return undefined
        const ended = await endSessions(tx, id)
        if (ended.length > 0) await recordAudit(tx, sessionsEnded(ended, id, actor))
        return ended
      }, endingSessions),

    /** A new administrator, whose address counts as proven; undefined where there is an account of this address. */
    async insertAdmin(account: Pick<User, 'email' | 'emailKey' | 'passwordHash'>): Promise<User | undefined> {
      try {
        return await prisma.$transaction(async (tx) => {
          const data = { ...account, roles: [adminRole], emailVerifiedAt: new Date() }
          const made = await tx.user.create({ data })
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

const sessionsEnded = (ended: readonly string[], id: string, actor: Actor | undefined): AuditEvent =>
  eventOf({ type: 'admin_sessions_ended', detail: { sessions: ended.length, reason: 'admin' } }, id, actor)

export type UserAdminStore = ReturnType<typeof createUserAdminStore>
