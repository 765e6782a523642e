/** A person's live sessions in Postgres, as they see them: to be listed, and to be ended from afar. */
import { recordAudit } from '../audit/audit-store.ts'
import type { Database } from '../database/client.ts'
import { Prisma, type RevokeReason, type Session } from '../database/generated/client.ts'
import type { RequestContext } from '../http/request-context.ts'
import { isLive } from './session-store.ts'

export type Device = Pick<
  Session,
  'id' | 'mode' | 'device' | 'ip' | 'createdAt' | 'rotatedAt' | 'idleExpiresAt' | 'absoluteExpiresAt'
>

/** Which of a person's sessions: one, all but the current one, or all. */
export type Choice = { readonly id: string } | 'others' | 'all'

/** Whose sessions, and by which of them the person speaks. */
type Caller = { readonly userId: string; readonly sessionId: string }

const live = Prisma.raw(isLive)
const reason: RevokeReason = 'signed_out'

/** Which rows are looked at, and which of them are chosen. */
function conditions(choice: Choice, sessionId: string) {
  if (choice === 'all') return { candidates: Prisma.sql`TRUE`, chosen: Prisma.sql`TRUE` }
  if (choice === 'others') return { candidates: Prisma.sql`TRUE`, chosen: Prisma.sql`s.id <> ${sessionId}::uuid` }
  const { id } = choice
  return {
    candidates: Prisma.sql`s.id IN (${sessionId}::uuid, ${id}::uuid)`,
    chosen: Prisma.sql`s.id = ${id}::uuid`,
  }
}

const eventOf = (choice: Choice, ids: readonly string[], sessionId: string) =>
  typeof choice === 'object'
    ? ({ type: 'session_signed_out', sessionId: ids[0], detail: { reason } } as const)
    : ({ type: 'sessions_signed_out', sessionId, detail: { reason, scope: choice, count: ids.length } } as const)

export function createDeviceStore({ prisma }: Database) {
  return {
    /** The caller's session and the latest of the others, so many at most, and how many there are. */
    async list({ userId, sessionId }: Caller, limit: number): Promise<{ devices: Device[]; total: number }> {
      const rows = await prisma.$queryRaw<(Device & { total: number })[]>`
        SELECT s.id, s.mode::text, s.device, s.ip, s.created_at AS "createdAt", s.rotated_at AS "rotatedAt",
          s.idle_expires_at AS "idleExpiresAt", s.absolute_expires_at AS "absoluteExpiresAt", count(*) OVER ()::int AS total
        FROM sessions s WHERE s.user_id = ${userId}::uuid AND ${live}
        ORDER BY s.id = ${sessionId}::uuid DESC, s.rotated_at DESC, s.id LIMIT ${limit}`
      const devices = rows.map((row) => {
        const { total: _, ...device } = row
        return device
      })
      return { devices, total: rows[0]?.total ?? 0 }
    },

    /**
     * Ends the live sessions that are chosen, and writes down who did it; returns their ids. Undefined where the caller's
     * own session is over: of two that end each other at once, one remains.
     */
    end: ({ userId, sessionId }: Caller, choice: Choice, context: RequestContext): Promise<string[] | undefined> =>
      prisma.$transaction(async (tx) => {
        const { candidates, chosen } = conditions(choice, sessionId)
        // The caller's too, and always in the same order: whoever comes second waits here, and then sees what was ended.
        const locked = await tx.$queryRaw<{ id: string; own: boolean; chosen: boolean }[]>`
          SELECT s.id, s.id = ${sessionId}::uuid AS own, ${chosen} AS chosen
          FROM sessions s WHERE s.user_id = ${userId}::uuid AND ${candidates} AND ${live} ORDER BY s.id FOR UPDATE`
        if (!locked.some(({ own }) => own)) return undefined
        const ids = locked.filter((row) => row.chosen).map(({ id }) => id)
        if (ids.length === 0) return ids
        await tx.$executeRaw`UPDATE sessions SET revoked_at = statement_timestamp(), revoke_reason = ${reason}::revoke_reason
          WHERE id = ANY(${ids}::uuid[])`
        await recordAudit(tx, { actorId: userId, subjectId: userId, context, ...eventOf(choice, ids, sessionId) })
        return ids
      }),
  }
}

export type DeviceStore = ReturnType<typeof createDeviceStore>
