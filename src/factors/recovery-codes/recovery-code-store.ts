/** Recovery codes in Postgres. */
import { auditContextColumns, auditContextValues, contextParameter } from '../../audit/audit-sql.ts'
import type { Database } from '../../database/client.ts'
import { type Fragment, sql } from '../../database/sql.ts'
import { uuid7 } from '../../database/uuid7.ts'
import { AppError } from '../../errors.ts'
import type { RequestContext } from '../../http/request-context.ts'
import { postMail } from '../../mail/mail-store.ts'
import type { SealedMail } from '../../mail/outbox.ts'
import type { Consumption, Records } from '../../sessions/spent-proof-sql.ts'
import { type FactorChange, lockHolder, recordChange, replaceRecoveryCodes } from '../factor-change-store.ts'

/** What is written down in the statement that uses a code up. */
type Told = {
  readonly userId: string
  /** Undefined for a user without an email. */
  readonly mail: SealedMail | undefined
  readonly context: RequestContext
  /** The session of a user who signs in again. */
  readonly sessionId: string | undefined
}

export type RecoveryCodeStore = {
  /** The number of codes that were not used. */
  readonly count: (userId: string) => Promise<number>
  /** Whether the user has this code, and it was not used. */
  readonly has: (userId: string, hash: Buffer) => Promise<boolean>
  /** Uses a code up, unless it was used. */
  readonly use: (userId: string, hash: Buffer) => Consumption
  /** Writes the event and the mail. */
  readonly tell: (told: Told) => Records
  /** Replaces all codes. Ends in `no_factor` if the user has no factor, or as `lockHolder` says. */
  readonly replace: (change: FactorChange, hashes: readonly Buffer[]) => Promise<void>
}

// The code of this statement still counts: a statement does not see what it changes.
const leftOf = (userId: string) =>
  sql`(SELECT count(*) - 1 FROM recovery_codes WHERE user_id = ${userId}::uuid AND used_at IS NULL)`

export function createRecoveryCodeStore({ prisma }: Pick<Database, 'prisma'>): RecoveryCodeStore {
  return {
    count: (userId) => prisma.recoveryCode.count({ where: { userId, usedAt: null } }),

    async has(userId, hash) {
      return (await prisma.recoveryCode.count({ where: { userId, usedAt: null, hash: new Uint8Array(hash) } })) > 0
    },

    use: (userId, hash) => (when) =>
      sql`UPDATE recovery_codes SET used_at = statement_timestamp()
      WHERE user_id = ${userId} AND hash = ${hash} AND used_at IS NULL AND ${when} RETURNING 1 AS one`,

    tell({ userId, mail, context, sessionId = null }) {
      const from = contextParameter(context)
      const sent = (when: Fragment) => sql`, posted AS (
        INSERT INTO mails (id, kind, user_id, sealed)
        SELECT ${uuid7()}::uuid, ${mail?.kind}, ${userId}::uuid, ${mail?.sealed} WHERE ${when})`
      return (when) => sql`told AS (
        INSERT INTO audit_events (type, actor_id, subject_id, session_id, detail, ${auditContextColumns})
        SELECT 'recovery_code_used', ${userId}::uuid, ${userId}::uuid, ${sessionId}::uuid,
          jsonb_build_object('left', ${leftOf(userId)}), ${auditContextValues(from)} WHERE ${when})${mail ? sent(when) : sql``}`
    },

    replace: (change, hashes) =>
      prisma.$transaction(async (tx) => {
        const { userId } = change.by
        const account = await lockHolder(tx, change.by)
        if (account.factorKinds.length === 0) throw new AppError('no_factor')
        await replaceRecoveryCodes(tx, userId, hashes)
        await recordChange(tx, change, 'recovery_codes_created', { count: hashes.length })
        if (change.mail) await postMail(tx, change.mail)
      }),
  }
}
