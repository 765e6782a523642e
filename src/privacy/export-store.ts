/** Reads a page of the data that is stored about a user, as of one moment. */
import { recordAudit } from '../audit/audit-store.ts'
import { advisoryLocks } from '../database/advisory-locks.ts'
import type { Database } from '../database/client.ts'
import {
  type AuditEvent,
  type Factor,
  type Mail,
  type OneTimeToken,
  Prisma,
  type RecoveryCode,
  type Session,
  type TrustedDevice,
  type User,
} from '../database/generated/client.ts'
import { execute, queryRows } from '../database/in-transaction.ts'
import { sql } from '../database/sql.ts'
import { againIfLost } from '../database/unavailable.ts'
import type { RequestContext } from '../http/request-context.ts'
import type { MailKind } from '../mail/mail.ts'

type Rows = {
  readonly sessions: readonly Session[]
  readonly links: readonly OneTimeToken[]
  readonly mails: readonly Mail[]
  readonly events: readonly AuditEvent[]
}
/** The lists come in this order. */
const parts = ['sessions', 'links', 'mails', 'events'] as const
type Part = (typeof parts)[number]

/** The list that a page begins with, and its last row on the page before. `at` is in milliseconds since 1970. */
export type ExportPosition = {
  readonly part: Part
  readonly after?: { readonly at: number; readonly id: string } | undefined
}
/** How the user signs in. It is on the first page only, because nobody has many of them. */
type SignInRows = {
  readonly factors: readonly Factor[]
  readonly recoveryCodes: readonly RecoveryCode[]
  readonly trustedDevices: readonly TrustedDevice[]
}
export type StoredPage = Rows & SignInRows & { readonly user: User; readonly next: ExportPosition | undefined }

type Asked = {
  readonly userId: string
  readonly sessionId: string
  readonly context: RequestContext
  /** Undefined for the first page. */
  readonly from: ExportPosition | undefined
  /** The most rows of all lists together. */
  readonly limit: number
}

export type ExportStore = {
  /**
   * The next page, the newest rows of each list first. `gone` if there is no such account, `busy` if another export of it runs. The export
   * itself is written to the audit log: once, and again for pages that are read an hour later or in another session.
   */
  readonly read: (asked: Asked) => Promise<StoredPage | 'gone' | 'busy'>
}

// Such a mail is stored only if no other account has the address, so its presence would tell.
const toAnotherAddress: MailKind = 'email_change'
// Earlier versions wrote some events with the session and without the user. They are found for so many of the latest sessions.
const mostSessions = 5000
const oneExportMs = 3600_000

/** The rows of one list after a position. */
async function readPart(
  tx: Prisma.TransactionClient,
  part: Part,
  userId: string,
  after: ExportPosition['after'],
  take: number,
): Promise<readonly (Session | OneTimeToken | Mail | AuditEvent)[]> {
  if (part === 'events') return readEvents(tx, userId, after, take)
  const moment = after && new Date(after.at)
  const later = after &&
    moment && { createdAt: { lte: moment }, OR: [{ createdAt: { lt: moment } }, { id: { lt: after.id } }] }
  const page = { orderBy: [{ createdAt: 'desc' }, { id: 'desc' }], take } satisfies Prisma.SessionFindManyArgs
  const where = { userId, ...later }
  if (part === 'sessions') return tx.session.findMany({ where, ...page })
  if (part === 'links') return tx.oneTimeToken.findMany({ where, ...page })
  return tx.mail.findMany({ where: { ...where, kind: { not: toAnotherAddress } }, ...page })
}

async function readEvents(
  tx: Prisma.TransactionClient,
  userId: string,
  after: ExportPosition['after'],
  take: number,
): Promise<readonly AuditEvent[]> {
  const newest = { orderBy: { createdAt: 'desc' }, take: mostSessions, select: { id: true } } as const
  const sessions = await tx.session.findMany({ where: { userId }, ...newest })
  const ofSessions = { actorId: null, subjectId: null, sessionId: { in: sessions.map(({ id }) => id) } }
  const moment = after && new Date(after.at)
  const later =
    after && moment ? [{ at: { lte: moment } }, { OR: [{ at: { lt: moment } }, { id: { lt: BigInt(after.id) } }] }] : []
  return tx.auditEvent.findMany({
    where: { OR: [{ subjectId: userId }, { actorId: userId }, ofSessions], AND: later },
    orderBy: [{ at: 'desc' }, { id: 'desc' }],
    take,
  })
}

const placeOf = (row: { readonly id: bigint | string; readonly at?: Date; readonly createdAt?: Date }) => ({
  at: Number(row.at ?? row.createdAt),
  id: String(row.id),
})

/** Fills a page with rows from the position on. One row more than fits tells that there is a next page. */
async function readPage(
  tx: Prisma.TransactionClient,
  { userId, from = { part: 'sessions' }, limit }: Asked,
): Promise<Rows & { next: ExportPosition | undefined }> {
  const page: Record<Part, readonly unknown[]> = { sessions: [], links: [], mails: [], events: [] }
  let room = limit
  let after = from.after
  for (const part of parts.slice(parts.indexOf(from.part))) {
    const rows = await readPart(tx, part, userId, after, room + 1)
    const fit = rows.slice(0, room)
    page[part] = fit
    const last = fit.at(-1)
    if (rows.length > room) return { ...(page as Rows), next: { part, after: last ? placeOf(last) : after } }
    room -= rows.length
    after = undefined
  }
  return { ...(page as Rows), next: undefined }
}

async function readSignIn(tx: Prisma.TransactionClient, { userId, from }: Asked): Promise<SignInRows> {
  if (from) return { factors: [], recoveryCodes: [], trustedDevices: [] }
  const newest = { where: { userId }, orderBy: { createdAt: 'desc' }, take: mostSessions } as const
  return {
    factors: await tx.factor.findMany(newest),
    recoveryCodes: await tx.recoveryCode.findMany({ where: { userId }, orderBy: { id: 'asc' } }),
    trustedDevices: await tx.trustedDevice.findMany(newest),
  }
}

/** Writes that the user exports the account. A page that follows belongs to the same export. */
async function recordExport(tx: Prisma.TransactionClient, { userId, sessionId, context, from }: Asked): Promise<void> {
  const event = { type: 'account_exported', actorId: userId, sessionId } as const
  const since = new Date(Date.now() - oneExportMs)
  const known =
    from && (await tx.auditEvent.findFirst({ where: { ...event, at: { gt: since } }, select: { id: true } }))
  if (!known) await recordAudit(tx, { ...event, subjectId: userId, context })
}

export function createExportStore({ prisma }: Pick<Database, 'prisma'>): ExportStore {
  return {
    read: (asked) =>
      // A serialization conflict has changed nothing, so the transaction is repeated.
      againIfLost(() =>
        prisma.$transaction(
          async (tx) => {
            // Exports cost more than other reads. The lock holds on all nodes, and ends with the transaction.
            const [free] = await queryRows<{ mine: boolean }>(
              tx,
              sql`SELECT pg_try_advisory_xact_lock(${advisoryLocks.accountExport}::int, hashtext(${asked.userId})) AS mine`,
            )
            if (!free?.mine) return 'busy'
            // This lock comes before the reads, so that nothing changes the account while it is read.
            await execute(tx, sql`SELECT 1 FROM users WHERE id = ${asked.userId}::uuid FOR KEY SHARE`)
            const user = await tx.user.findUnique({ where: { id: asked.userId } })
            if (!user) return 'gone'
            await recordExport(tx, asked)
            return { user, ...(await readSignIn(tx, asked)), ...(await readPage(tx, asked)) }
          },
          { isolationLevel: Prisma.TransactionIsolationLevel.RepeatableRead },
        ),
      ),
  }
}
