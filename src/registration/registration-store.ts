/**
 * Registrations that wait for their link to be opened, in Postgres. There is no account before that. The row of the link holds
 * all that the account will be, so each link opens the account with the password of its own registration.
 */
import type { NewAccount } from '../accounts/account-store.ts'
import { auditContextColumns, auditContextValues, contextParameter } from '../audit/audit-sql.ts'
import { recordAudit } from '../audit/audit-store.ts'
import type { Database } from '../database/client.ts'
import { queryRows } from '../database/in-transaction.ts'
import { type Params, sql, statement } from '../database/sql.ts'
import { uuid7 } from '../database/uuid7.ts'
import type { NewLink } from '../email-addresses/link.ts'
import { AppError } from '../errors.ts'
import type { RequestContext } from '../http/request-context.ts'
import type { MailKind } from '../mail/mail.ts'
import { type EndedSessions, endSessionsOf } from '../sessions/end-sessions-store.ts'

/** The account that a link opened. If it replaces an account with an unverified address, the sessions of that account have ended. */
export type Opened = { readonly userId: string; readonly ended?: EndedSessions }

export type RegistrationStore = {
  /** Stores a registration until its link is opened, and puts the mail with the link into the outbox. */
  readonly insert: (account: NewAccount, link: NewLink, context: RequestContext) => Promise<void>
  /** Whether this link has a registration, expired or not. */
  readonly exists: (hash: Buffer) => Promise<boolean>
  /**
   * Opens the account of this link, and removes all other links of the address. An account of the same address that was not verified
   * when the registration was made is taken over: its password and name are replaced, and its sessions end. Ends in `email_taken` if
   * any other account has the address. Ends in `invalid_one_time_token` if the link was used, has expired, or another link of the
   * address was opened first. Nothing changes then.
   */
  readonly open: (hash: Buffer, context: RequestContext) => Promise<Opened>
}

type InsertRegistration = NewAccount & {
  linkId: string
  hash: Buffer
  lifeSeconds: number
  mailId: string
  kind: MailKind
  sealed: string
  context: string
}

// This is one statement, so that it takes as long as the mail to the owner of a taken address. It keeps older registrations of the
// address: one of them may be the owner's, and this one a stranger's.
const insertRegistration = statement(
  'insert-registration',
  (p: Params<InsertRegistration>) => sql`WITH link AS (
    INSERT INTO one_time_tokens (id, purpose, hash, email, email_key, name, password_hash, expires_at)
    VALUES (${p.linkId}, 'registration', ${p.hash}, ${p.email}, ${p.emailKey}, ${p.name}, ${p.passwordHash},
      statement_timestamp() + ${p.lifeSeconds} * interval '1 second')
  ), mail AS (
    INSERT INTO mails (id, kind, sealed) VALUES (${p.mailId}, ${p.kind}, ${p.sealed})
  ) INSERT INTO audit_events (type, subject_id, detail, ${auditContextColumns})
    VALUES ('email_verification_requested', (SELECT id FROM users WHERE email_key = ${p.emailKey}),
      '{"registration": true}', ${auditContextValues(p.context)})`,
)

const selectRegistration = statement(
  'select-registration',
  (p: Params<{ hash: Buffer }>) => sql`SELECT FROM one_time_tokens WHERE hash = ${p.hash} AND purpose = 'registration'`,
)

export function createRegistrationStore({ prisma, pool }: Database): RegistrationStore {
  return {
    async insert({ email, emailKey, name, passwordHash }, { hash, lifeSeconds, mail: { kind, sealed } }, context) {
      const account = { email, emailKey, name, passwordHash }
      const link = { linkId: uuid7(), hash, lifeSeconds, mailId: uuid7(), kind, sealed }
      await pool.query(insertRegistration({ ...account, ...link, context: contextParameter(context) }))
    },

    exists: async (hash) => (await pool.query(selectRegistration({ hash }))).rowCount === 1,

    open: (hash, context) =>
      prisma.$transaction(async (tx) => {
        const newId = uuid7()
        // The unique index decides between two links at once. The later one waits here, and then finds a verified address.
        const [account] = await queryRows<{ id: string; key: string }>(
          tx,
          sql`INSERT INTO users AS u (id, email, email_key, name, password_hash, email_verified_at)
          SELECT ${newId}::uuid, r.email, r.email_key, r.name, r.password_hash, statement_timestamp()
          FROM one_time_tokens r
          WHERE r.hash = ${hash} AND r.purpose = 'registration' AND r.expires_at > statement_timestamp()
          ON CONFLICT (email_key) DO UPDATE SET email = excluded.email, name = excluded.name,
            password_hash = excluded.password_hash, email_verified_at = excluded.email_verified_at,
            updated_at = statement_timestamp()
          WHERE u.email_verified_at IS NULL AND u.disabled_at IS NULL
            AND u.created_at < (SELECT created_at FROM one_time_tokens WHERE hash = ${hash})
          RETURNING u.id, u.email_key AS key`,
        )
        if (!account) {
          // This and the following are statements of their own, so that they see what was committed while the one above waited.
          const left = await queryRows(
            tx,
            sql`SELECT 1 FROM one_time_tokens WHERE hash = ${hash} AND expires_at > statement_timestamp()`,
          )
          throw new AppError(left.length === 0 ? 'invalid_one_time_token' : 'email_taken')
        }
        const { id, key } = account
        const who = { actorId: id, subjectId: id, context }
        const dropped = await queryRows<{ hash: Uint8Array }>(
          tx,
          sql`DELETE FROM one_time_tokens WHERE email_key = ${key} OR user_id = ${id}::uuid RETURNING hash`,
        )
        // Another request used the link meanwhile. Its account may have been deleted since.
        if (!dropped.some((link) => hash.equals(link.hash))) throw new AppError('invalid_one_time_token')
        if (id === newId) await recordAudit(tx, { type: 'account_registered', ...who })
        await recordAudit(tx, { type: 'email_verified', ...who })
        if (id === newId) return { userId: id }
        const ended = await endSessionsOf(tx, { userId: id, reason: 'password_reset' })
        const detail = { sessions_ended: ended.count }
        await recordAudit(tx, { type: 'password_reset', ...who, detail })
        return { userId: id, ended }
      }),
  }
}
