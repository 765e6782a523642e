/**
 * What every change of a user's factors has in common, in Postgres. A change is one transaction. It locks the row of the user first, so a
 * sign-in that was checked against the factors from before is either seen here or starts no session.
 */
import { lockAccount } from '../accounts/last-admin-store.ts'
import type { AuditType } from '../audit/audit-event.ts'
import { recordAudit } from '../audit/audit-store.ts'
import type { FactorKind, Prisma, User } from '../database/generated/client.ts'
import { execute, queryRows } from '../database/in-transaction.ts'
import { sql } from '../database/sql.ts'
import { uuid7 } from '../database/uuid7.ts'
import { AppError } from '../errors.ts'
import type { RequestContext } from '../http/request-context.ts'
import { postMail } from '../mail/mail-store.ts'
import type { SealedMail } from '../mail/outbox.ts'
import { isSessionLive } from '../sessions/end-sessions-store.ts'

type Tx = Prisma.TransactionClient

/** The session of a signed-in user, and its methods if the change adds to them. */
type InSession = { readonly sessionId: string; readonly amr?: readonly string[] | undefined }
/** A sign-in under way, of a user who must add a factor. */
type AtSignin = { readonly attemptId: Buffer; readonly credentialVersion: number }
/** Who changes factors: their user, in a session or at the sign-in. */
export type FactorHolder = { readonly userId: string } & (InSession | AtSignin)

/** What is written down with a change. */
export type FactorChange = {
  readonly by: FactorHolder
  readonly context: RequestContext
  /** Undefined for a user without an email. */
  readonly mail: SealedMail | undefined
}

/**
 * The account, locked until the transaction ends. Ends in `token_revoked` if the session has ended, and in `attempt_ended` if the attempt is
 * over, the account was changed since, or it has a factor already: whoever only knows the password must not add one.
 */
export async function lockHolder(tx: Tx, by: FactorHolder): Promise<User> {
  const account = await lockAccount(tx, by.userId)
  if ('sessionId' in by) {
    if (account && !account.disabledAt && (await isSessionLive(tx, by))) return account
    throw new AppError('token_revoked')
  }
  const open = await queryRows(
    tx,
    sql`SELECT 1 FROM signin_attempts WHERE id = ${by.attemptId} AND expires_at > statement_timestamp()
      AND user_id = ${by.userId}::uuid FOR UPDATE`,
  )
  const isSame = account?.credentialVersion === by.credentialVersion && !account.disabledAt
  if (!account || !isSame || open.length === 0 || account.factorKinds.length > 0) throw new AppError('attempt_ended')
  return account
}

/** Writes an event about the user into the transaction of its cause. */
export async function recordChange(
  tx: Tx,
  { by, context }: Pick<FactorChange, 'by' | 'context'>,
  type: AuditType,
  detail: Record<string, string | number | boolean>,
): Promise<void> {
  const sessionId = 'sessionId' in by ? by.sessionId : undefined
  await recordAudit(tx, { type, actorId: by.userId, subjectId: by.userId, sessionId, context, detail })
}

/** Replaces the recovery codes of the user. With no hashes, the user has none afterwards. */
export async function replaceRecoveryCodes(tx: Tx, userId: string, hashes: readonly Buffer[]): Promise<void> {
  await tx.recoveryCode.deleteMany({ where: { userId } })
  const rows = hashes.map((hash) => ({ id: uuid7(), userId, hash: new Uint8Array(hash) }))
  if (rows.length > 0) await tx.recoveryCode.createMany({ data: rows })
}

/**
 * Ends a transaction that has added a confirmed factor. `before` is the account as `lockHolder` returned it. With the first factor, the user
 * gets these recovery codes. Returns the account after the change, and whether it got the codes.
 */
export async function finishAdding(
  tx: Tx,
  change: FactorChange,
  { before, kind, hashes }: { before: User; kind: FactorKind; hashes: readonly Buffer[] },
): Promise<{ account: User; gotCodes: boolean }> {
  const { by, mail } = change
  const { userId } = by
  const gotCodes = before.factorKinds.length === 0
  if (gotCodes) await replaceRecoveryCodes(tx, userId, hashes)
  if ('sessionId' in by && by.amr) {
    await execute(tx, sql`UPDATE sessions SET amr = ${[...by.amr]}::text[] WHERE id = ${by.sessionId}::uuid`)
  }
  await recordChange(tx, change, 'factor_added', { kind })
  if (mail) await postMail(tx, mail)
  return { account: await tx.user.findUniqueOrThrow({ where: { id: userId } }), gotCodes }
}
