/**
 * Registrations that wait for a link to be opened, in Postgres. There is no account before that. Each is a row with its password, and with
 * its link if a mail was sent. A link verifies the address. The password that the user enters then says which registration is theirs.
 */
import type { NewAccount } from '../accounts/account-store.ts'
import { auditContextColumns, auditContextValues, contextParameter } from '../audit/audit-sql.ts'
import { recordAudit } from '../audit/audit-store.ts'
import type { Database } from '../database/client.ts'
import { queryRows } from '../database/in-transaction.ts'
import { type Params, sql, statement } from '../database/sql.ts'
import { uuid7 } from '../database/uuid7.ts'
import type { NewLink } from '../email-addresses/link.ts'
import { type CodeParameters, codeParameters, insertCode, linkOf } from '../email-addresses/mailed-sql.ts'
import { AppError } from '../errors.ts'
import { removeFactors } from '../factors/remove-factors-store.ts'
import type { RequestContext } from '../http/request-context.ts'
import type { MailKind } from '../mail/mail.ts'
import { type EndedSessions, endSessionsOf } from '../sessions/end-sessions-store.ts'
import { insertFirstPasskey } from './passkey-account-store.ts'
import type { PendingPasskey } from './pending-passkey.ts'

/** The account that a link opened. If it replaces an account with an unverified address, the sessions of that account have ended. */
export type Opened = { readonly userId: string; readonly ended?: EndedSessions }

/** What an account gets besides its address. */
export type Chosen = {
  readonly passwordHash: string | null
  readonly name: string | null
  readonly passkey?: PendingPasskey | undefined
}
/** A registration: its address, and what the account gets. */
export type NewRegistration = Pick<NewAccount, 'email' | 'emailKey'> & Chosen
/** The address of a link, and the newest registrations of that address. */
export type PendingAddress = {
  readonly email: string
  readonly emailKey: string
  readonly registrations: readonly Chosen[]
}
/** `mailed` says whether the mailbox may get the mail. */
type RegistrationLink = NewLink & { readonly mailed: boolean }

export type RegistrationStore = {
  /** Stores a registration until its link expires, and puts the mail with the link into the outbox. */
  readonly insert: (account: NewRegistration, link: RegistrationLink, context: RequestContext) => Promise<void>
  /** The address of this link, and its registrations: that of the link first. Undefined if the link is not valid. */
  readonly findByLink: (hash: Buffer) => Promise<PendingAddress | undefined>
  /**
   * Opens an account for the address of this link, and removes all other links of the address. An account of the same address that was not
   * verified when the registration was made is taken over: its password and name are replaced, and its sessions end. Ends in `email_taken`
   * if any other account has the address. Ends in `invalid_one_time_token` if the link was used, has expired, or another link of the
   * address was opened first. Nothing changes then.
   */
  readonly open: (hash: Buffer, chosen: Chosen, context: RequestContext) => Promise<Opened>
}

type InsertRegistration = Omit<NewRegistration, 'passkey'> &
  CodeParameters & {
    passkey: string | null
    linkId: string
    hash: Buffer
    lifeSeconds: number
    mailed: boolean
    unmailedKept: number
    mailId: string
    kind: MailKind
    sealed: string
    context: string
  }

// The newest few without a mail are kept. If a registration is dropped, its user sets a new password when they open a link.
const unmailedKept = 5
// So many passwords are compared when a link is opened.
const mostCompared = 6

// This is one statement, so that it takes as long as the mail to the owner of a taken address. It keeps the other links of the address:
// one of them may be in the owner's mailbox, and this registration a stranger's.
const insertRegistration = statement(
  'insert-registration',
  (p: Params<InsertRegistration>) => sql`WITH dropped AS (
    DELETE FROM one_time_tokens WHERE id = ANY(ARRAY(
      SELECT id FROM one_time_tokens WHERE email_key = ${p.emailKey} AND purpose = 'registration' AND NOT mailed
      ORDER BY created_at DESC, id DESC OFFSET ${p.unmailedKept} - 1 FOR UPDATE SKIP LOCKED))
  ), link AS (
    INSERT INTO one_time_tokens (id, purpose, hash, email, email_key, name, password_hash, mailed, expires_at)
    VALUES (${p.linkId}, 'registration', ${p.hash}, ${p.email}, ${p.emailKey}, ${p.name}, ${p.passwordHash},
      ${p.mailed}, statement_timestamp() + ${p.lifeSeconds} * interval '1 second') RETURNING id
  ), passkey AS (
    INSERT INTO pending_passkeys SELECT r.* FROM link,
      jsonb_populate_record(NULL::pending_passkeys, ${p.passkey}::jsonb || jsonb_build_object('token_id', link.id)) r
    WHERE ${p.passkey}::jsonb IS NOT NULL
  ), ${insertCode(p, { link: linkOf(sql`link`) })}, mail AS (
    INSERT INTO mails (id, kind, sealed) SELECT ${p.mailId}, ${p.kind}, ${p.sealed} WHERE ${p.mailed}
  ) INSERT INTO audit_events (type, subject_id, detail, ${auditContextColumns})
    VALUES ('email_verification_requested', (SELECT id FROM users WHERE email_key = ${p.emailKey}),
      '{"registration": true}', ${auditContextValues(p.context)})`,
)

const selectRegistrations = statement(
  'select-registrations',
  (p: Params<{ hash: Buffer; mostCompared: number }>) => sql`SELECT link.email, r.email_key AS "emailKey", r.name,
      r.password_hash AS "passwordHash", to_jsonb(k) AS "pendingPasskey"
    FROM one_time_tokens link JOIN one_time_tokens r ON r.email_key = link.email_key
      LEFT JOIN pending_passkeys k ON k.token_id = r.id
    WHERE link.hash = ${p.hash} AND link.purpose = 'registration' AND link.expires_at > statement_timestamp()
      AND r.purpose = 'registration' AND r.expires_at > statement_timestamp()
    ORDER BY r.id = link.id DESC, r.created_at DESC, r.id DESC LIMIT ${p.mostCompared}`,
)
type PasskeyRow = {
  user_id: string
  credential_id: string
  public_key: string
  counter: number
  transports: string[]
  synced: boolean
  aaguid: string | null
  name: string
}
type PendingRow = Omit<Chosen, 'passkey'> &
  Pick<PendingAddress, 'email' | 'emailKey'> & { readonly pendingPasskey: PasskeyRow | null }

// Postgres writes bytes in JSON as `\\x` and hexadecimal digits, and reads them so.
const toHex = (bytes: Uint8Array) => `\\x${Buffer.from(bytes).toString('hex')}`
const fromHex = (text: string) => Buffer.from(text.slice(2), 'hex')

function toRow({ userId, passkey, name }: PendingPasskey): string {
  const { credentialId, publicKey, counter, transports, synced, aaguid = null } = passkey
  const bytes = { credential_id: toHex(credentialId), public_key: toHex(publicKey) }
  return JSON.stringify({ user_id: userId, ...bytes, counter, transports, synced, aaguid, name })
}

function toChosen({ passwordHash, name, pendingPasskey: row }: PendingRow): Chosen {
  if (!row) return { passwordHash, name }
  const { counter, transports, synced, aaguid } = row
  const keys = { credentialId: fromHex(row.credential_id), publicKey: fromHex(row.public_key) }
  const passkey = { ...keys, counter, transports, synced, aaguid: aaguid ?? undefined }
  return { passwordHash, name, passkey: { userId: row.user_id, passkey, name: row.name } }
}

export function createRegistrationStore({ prisma, pool }: Database): RegistrationStore {
  return {
    async insert(
      { email, emailKey, name, passwordHash, passkey },
      { hash, lifeSeconds, mailed, code, mail: { kind, sealed } },
      context,
    ) {
      const account = { email, emailKey, name, passwordHash, passkey: passkey ? toRow(passkey) : null }
      const link = { linkId: uuid7(), hash, lifeSeconds, mailed, unmailedKept, mailId: uuid7(), kind, sealed }
      await pool.query(
        insertRegistration({ ...account, ...link, ...codeParameters(code), context: contextParameter(context) }),
      )
    },

    async findByLink(hash) {
      const { rows } = await pool.query<PendingRow>(selectRegistrations({ hash, mostCompared }))
      const [first] = rows
      return first && { email: first.email, emailKey: first.emailKey, registrations: rows.map(toChosen) }
    },

    open: (hash, chosen, context) =>
      prisma.$transaction(async (tx) => {
        const newId = chosen.passkey?.userId ?? uuid7()
        // The unique index decides between two links at once. The later one waits here, and then finds a verified address.
        const [account] = await queryRows<{ id: string; key: string }>(
          tx,
          sql`INSERT INTO users AS u (id, email, email_key, name, password_hash, email_verified_at)
          SELECT ${newId}::uuid, r.email, r.email_key, ${chosen.name}, ${chosen.passwordHash}, statement_timestamp()
          FROM one_time_tokens r
          WHERE r.hash = ${hash} AND r.purpose = 'registration' AND r.expires_at > statement_timestamp()
          ON CONFLICT (email_key) DO UPDATE SET email = excluded.email, name = excluded.name,
            password_hash = excluded.password_hash, email_verified_at = excluded.email_verified_at,
            updated_at = statement_timestamp()
          WHERE u.email_verified_at IS NULL AND u.disabled_at IS NULL AND ${chosen.passkey === undefined}
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
        if (id === newId) {
          if (chosen.passkey) await insertFirstPasskey(tx, chosen.passkey, context)
          return { userId: id }
        }
        // Somebody else may have opened that account, and added them.
        await removeFactors(tx, id)
        const ended = await endSessionsOf(tx, { userId: id, reason: 'password_reset' })
        const detail = { sessions_ended: ended.count }
        await recordAudit(tx, { type: 'password_reset', ...who, detail })
        return { userId: id, ended }
      }),
  }
}
