/** The row of the user in Postgres. */
import { auditContextColumns, auditContextValues, contextParameter } from '../audit/audit-sql.ts'
import type { Database } from '../database/client.ts'
import type { User } from '../database/generated/client.ts'
import { execute } from '../database/in-transaction.ts'
import { type Params, sql, statement } from '../database/sql.ts'
import { uuid7 } from '../database/uuid7.ts'
import type { NewLink } from '../email-addresses/link.ts'
import { type CodeParameters, codeParameters, insertCode, linkOf } from '../email-addresses/mailed-sql.ts'
import type { RequestContext } from '../http/request-context.ts'
import type { MailKind } from '../mail/mail.ts'
import { accountColumns, boundToPasswordOf } from './user-sql.ts'

export type Account = User
/** An account that was found by its address, or that begins with one. A CHECK in the database holds that neither column is null then. */
export type AccountWithEmail = Account & { readonly email: string; readonly emailKey: string }
export type NewAccount = Pick<AccountWithEmail, 'email' | 'emailKey' | 'name'> & { passwordHash: string }

/** The part of an account that tokens and answers show. It holds no secret. */
export type ShownAccount = Pick<
  Account,
  'id' | 'email' | 'emailVerifiedAt' | 'name' | 'roles' | 'tokenVersion' | 'createdAt' | 'updatedAt'
>

export type AccountStore = {
  readonly findByEmailKey: (emailKey: string) => Promise<AccountWithEmail | null>
  readonly findById: (id: string) => Promise<Account | null>
  /**
   * Inserts the account, and puts the mail with the verification link into the outbox, if there is one. Undefined if the address is
   * taken: the unique index decides between two requests at once, and nothing is stored.
   */
  readonly insert: (
    account: NewAccount,
    link: NewLink | undefined,
    context: RequestContext,
  ) => Promise<Account | undefined>
  /** The account after the change, or null if there is none. */
  readonly rename: (id: string, name: string | null) => Promise<Account | null>
  /**
   * Replaces a password hash by a stronger hash of the same password, unless the password was changed meanwhile. The version of
   * the credentials stays, and so do one-time tokens that are bound to the password.
   */
  readonly renewPasswordHash: (id: string, from: string | null, to: string) => Promise<void>
}

type InsertAccount = NewAccount & {
  [Name in keyof CodeParameters]: CodeParameters[Name] | null
} & {
  id: string
  linkId: string
  /** Null if no link is sent. */
  hash: Buffer | null
  lifeSeconds: number | null
  mailId: string
  kind: MailKind | null
  sealed: string | null
  context: string
}

const insertAccount = statement(
  'insert-account',
  (p: Params<InsertAccount>) => sql`WITH u AS (
    INSERT INTO users (id, email, email_key, name, password_hash)
    VALUES (${p.id}, ${p.email}, ${p.emailKey}, ${p.name}, ${p.passwordHash})
    ON CONFLICT (email_key) DO NOTHING RETURNING *
  ), link AS (
    INSERT INTO one_time_tokens (id, user_id, purpose, hash, email, expires_at)
    SELECT ${p.linkId}, id, 'email_verification', ${p.hash}, email,
      statement_timestamp() + ${p.lifeSeconds} * interval '1 second' FROM u WHERE ${p.hash}::bytea IS NOT NULL
    RETURNING id
  ), ${insertCode(p, { link: linkOf(sql`link`), from: sql`link` })}, mail AS (
    INSERT INTO mails (id, kind, user_id, sealed) SELECT ${p.mailId}, ${p.kind}, id, ${p.sealed} FROM u
    WHERE ${p.hash}::bytea IS NOT NULL
  ), audited AS (
    INSERT INTO audit_events (type, actor_id, subject_id, ${auditContextColumns})
    SELECT 'account_registered', id, id, ${auditContextValues(p.context)} FROM u
  ) SELECT ${accountColumns} FROM u`,
)

/** The account of the address, or null. A row that is found by its key has an email: a CHECK holds that both are there or neither. */
export const findByEmailKey = (
  prisma: Pick<Database['prisma'], 'user'>,
  emailKey: string,
): Promise<AccountWithEmail | null> =>
  prisma.user.findUnique({ where: { emailKey } }) as Promise<AccountWithEmail | null>

const noCode = { codeId: null, codeHash: null, codeMailbox: null, codeSeconds: null }

export function createAccountStore({ prisma, pool }: Database): AccountStore {
  return {
    findByEmailKey: (emailKey) => findByEmailKey(prisma, emailKey),

    findById: (id) => prisma.user.findUnique({ where: { id } }),

    async insert({ email, emailKey, name, passwordHash }, link, context) {
      const ids = { id: uuid7(), linkId: uuid7(), mailId: uuid7() }
      const { hash = null, lifeSeconds = null, mail } = link ?? {}
      const sent = { hash, lifeSeconds, kind: mail?.kind ?? null, sealed: mail?.sealed ?? null }
      const code = link ? codeParameters(link.code) : noCode
      const row = { email, emailKey, name, passwordHash, ...sent, ...code }
      const query = insertAccount({ ...ids, ...row, context: contextParameter(context) })
      return (await pool.query<Account>(query)).rows[0]
    },

    async rename(id, name) {
      const [account] = await prisma.user.updateManyAndReturn({ where: { id }, data: { name } })
      return account ?? null
    },

    renewPasswordHash: (id, from, to) =>
      prisma.$transaction(async (tx) => {
        const data = { passwordHash: to, passwordRenewals: { increment: 1 } }
        const { count } = await tx.user.updateMany({ where: { id, passwordHash: from }, data })
        if (count === 0) return
        // This is a statement of its own, so that it sees tokens that were made while the one above waited for the row.
        await execute(
          tx,
          sql`UPDATE one_time_tokens SET bound_to = ${boundToPasswordOf(sql`renewed`)}
          FROM (SELECT ${from}::text AS password_hash) old, (SELECT ${to}::text AS password_hash) renewed
          WHERE user_id = ${id}::uuid AND bound_to = ${boundToPasswordOf(sql`old`)}`,
        )
      }),
  }
}
