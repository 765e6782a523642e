/** Accounts in Postgres. */

import { auditContextColumns, auditContextValues, contextParameter } from '../audit/audit-store.ts'
import type { Database } from '../database/client.ts'
import { Prisma, type User } from '../database/generated/client.ts'
import { uuid7 } from '../database/uuid7.ts'
import type { Proof } from '../email-addresses/proof.ts'
import type { RequestContext } from '../http/request-context.ts'

export type Account = User
export type NewAccount = Pick<Account, 'email' | 'emailKey' | 'name' | 'passwordHash'>

/** SQL: what binds a one-time token (its `bound_to`) to the password of a row with a `password_hash`. */
export const passwordOf = (row: string): string => `sha256(convert_to(${row}.password_hash, 'UTF8'))`

/** What tokens and answers say of an account: nothing that is secret is read for it. */
export type ShownAccount = Pick<
  Account,
  'id' | 'email' | 'emailVerifiedAt' | 'name' | 'roles' | 'tokenVersion' | 'createdAt' | 'updatedAt'
>
/** Its columns, of a row named `u`, in the names of `Account`. */
export const shownColumns = `u.id, u.email, u.email_verified_at AS "emailVerifiedAt", u.name, u.roles,
  u.token_version AS "tokenVersion", u.created_at AS "createdAt", u.updated_at AS "updatedAt"`

/** All of an account's columns. */
const accountColumns = `${shownColumns}, u.email_key AS "emailKey", u.password_hash AS "passwordHash",
  u.disabled_at AS "disabledAt"`

const insertAccount = {
  name: 'insert-account',
  text: `WITH u AS (
    INSERT INTO users (id, email, email_key, name, password_hash) VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (email_key) DO NOTHING RETURNING *
  ), proof AS (
    INSERT INTO one_time_tokens (id, user_id, purpose, hash, email, expires_at)
    SELECT $6, id, 'email_verification', $7, email, statement_timestamp() + $8 * interval '1 second' FROM u
  ), letter AS (
    INSERT INTO mails (id, kind, user_id, sealed) SELECT $9, $10, id, $11 FROM u
  ), audited AS (
    INSERT INTO audit_events (type, actor_id, subject_id, ${auditContextColumns})
    SELECT 'account_registered', id, id, ${auditContextValues('$12')} FROM u
  ) SELECT ${accountColumns} FROM u`,
}

export function createAccountStore({ prisma, pool }: Database) {
  return {
    findByEmailKey: (emailKey: string): Promise<Account | null> => prisma.user.findUnique({ where: { emailKey } }),

    findById: (id: string): Promise<Account | null> => prisma.user.findUnique({ where: { id } }),

    /**
     * The new account, with the letter that asks for a proof of its address; undefined, and nothing is stored, where the
     * address is taken: the unique index decides between two at once.
     */
    async insert(account: NewAccount, proof: Proof, context: RequestContext): Promise<Account | undefined> {
      const { email, emailKey, name, passwordHash } = account
      const { hash, lifeSeconds, letter } = proof
      const values = [uuid7(), email, emailKey, name, passwordHash, uuid7(), hash, lifeSeconds, uuid7()]
      values.push(letter.kind, letter.sealed, contextParameter(context))
      return (await pool.query<Account>({ ...insertAccount, values })).rows[0]
    },

    /** The account after the change, or null where there is none. */
    async rename(id: string, name: string | null): Promise<Account | null> {
      const [account] = await prisma.user.updateManyAndReturn({ where: { id }, data: { name } })
      return account ?? null
    },

    /**
     * Replaces a hash by a stronger one of the same password, unless the password was changed meanwhile. What is bound to
     * the password stays bound to it.
     */
    renewPasswordHash: (id: string, from: string, to: string): Promise<void> =>
      prisma.$transaction(async (tx) => {
        const { count } = await tx.user.updateMany({ where: { id, passwordHash: from }, data: { passwordHash: to } })
        if (count === 0) return
        // A statement of its own: it sees tokens that were made while the one above waited for the row.
        await tx.$executeRaw`UPDATE one_time_tokens SET bound_to = ${Prisma.raw(passwordOf('renewed'))}
          FROM (SELECT ${from}::text AS password_hash) old, (SELECT ${to}::text AS password_hash) renewed
          WHERE user_id = ${id}::uuid AND bound_to = ${Prisma.raw(passwordOf('old'))}`
      }),
  }
}

export type AccountStore = ReturnType<typeof createAccountStore>
