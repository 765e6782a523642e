/** Accounts that begin with a passkey and without a password, in Postgres. */
import type { Account, NewAccount } from '../accounts/account-store.ts'
import { recordAudit } from '../audit/audit-store.ts'
import type { Database } from '../database/client.ts'
import type { Prisma } from '../database/generated/client.ts'
import { execute, queryRows } from '../database/in-transaction.ts'
import { sql } from '../database/sql.ts'
import { uuid7 } from '../database/uuid7.ts'
import type { NewLink } from '../email-addresses/link.ts'
import { codeParameters, insertCode, linkOf } from '../email-addresses/mailed-sql.ts'
import { AppError } from '../errors.ts'
import { replaceRecoveryCodes } from '../factors/factor-change-store.ts'
import type { Challenge } from '../factors/passkeys/challenge.ts'
import { insertPasskey } from '../factors/passkeys/passkey-adding-store.ts'
import { spendChallenge } from '../factors/passkeys/passkey-store.ts'
import type { RequestContext } from '../http/request-context.ts'
import type { PendingPasskey } from './pending-passkey.ts'

type Tx = Prisma.TransactionClient

type PasskeyAccount = Pick<NewAccount, 'email' | 'emailKey' | 'name'> & {
  readonly pending: PendingPasskey
  readonly challenge: Challenge
  /** Undefined if the mailbox got too many mails. */
  readonly link: NewLink | undefined
  /** SHA-256 of the recovery codes. */
  readonly hashes: readonly Buffer[]
  readonly context: RequestContext
}

export type PasskeyAccountStore = {
  /**
   * The new account. Undefined if the address is taken. Ends in `invalid_challenge` if the challenge was used, or in `passkey_exists`.
   */
  readonly insert: (wanted: PasskeyAccount) => Promise<Account | undefined>
}

/** Gives a new account its passkey. */
export async function insertFirstPasskey(tx: Tx, pending: PendingPasskey, context: RequestContext): Promise<void> {
  const { userId } = pending
  await insertPasskey(tx, pending)
  const detail = { kind: 'passkey' }
  await recordAudit(tx, { type: 'factor_added', actorId: userId, subjectId: userId, context, detail })
}

async function insertLink(tx: Tx, userId: string, { hash, lifeSeconds, code, mail }: NewLink): Promise<void> {
  await execute(
    tx,
    sql`WITH link AS (
      INSERT INTO one_time_tokens (id, user_id, purpose, hash, email, expires_at)
      SELECT ${uuid7()}::uuid, id, 'email_verification', ${hash}, email,
        statement_timestamp() + ${lifeSeconds} * interval '1 second' FROM users WHERE id = ${userId}::uuid RETURNING id
    ), ${insertCode(codeParameters(code), { link: linkOf(sql`link`), from: sql`link` })}
    INSERT INTO mails (id, kind, user_id, sealed) VALUES (${uuid7()}::uuid, ${mail.kind}, ${userId}::uuid, ${mail.sealed})`,
  )
}

export function createPasskeyAccountStore({ prisma }: Pick<Database, 'prisma'>): PasskeyAccountStore {
  return {
    insert: ({ email, emailKey, name, pending, challenge, link, hashes, context }) =>
      prisma.$transaction(async (tx) => {
        const { userId: id } = pending
        // The unique indexes decide between two requests at once: with one email, or with one challenge, which gives the id.
        const inserted = await execute(
          tx,
          sql`INSERT INTO users (id, email, email_key, name) VALUES (${id}::uuid, ${email}, ${emailKey}, ${name})
            ON CONFLICT DO NOTHING`,
        )
        if (inserted === 0) return undefined
        const spent = await queryRows(tx, spendChallenge(challenge)(sql`true`))
        if (spent.length === 0) throw new AppError('invalid_challenge')
        if (link) await insertLink(tx, id, link)
        await recordAudit(tx, { type: 'account_registered', actorId: id, subjectId: id, context })
        await insertFirstPasskey(tx, pending, context)
        await replaceRecoveryCodes(tx, id, hashes)
        return tx.user.findUniqueOrThrow({ where: { id } })
      }),
  }
}
