/**
 * The links that verify email addresses, in Postgres. Each write is one statement: the link, the mail, the audit event and the
 * change are stored together or not at all. A statement takes as long for an address without an account.
 */
import { boundToPasswordOf } from '../accounts/user-sql.ts'
import { auditContextColumns, auditContextValues, contextParameter } from '../audit/audit-sql.ts'
import type { Database } from '../database/client.ts'
import { errorCode } from '../database/error-code.ts'
import { type Fragment, type Param, type Params, sql, statement } from '../database/sql.ts'
import type { RequestContext } from '../http/request-context.ts'
import type { SealedMail } from '../mail/outbox.ts'
import { isLive } from '../sessions/session-sql.ts'
import type { NewLink } from './link.ts'
import {
  type CodeParameters,
  codeParameters,
  dropOldLinks,
  insertCode,
  insertLink,
  insertMail,
  type LinkParameters,
  linkOf,
  linkParameters,
  type MailParameters,
  mailParameters,
  noLink,
} from './mailed-sql.ts'

export type FoundLink = {
  readonly purpose: 'email_verification' | 'email_change'
  readonly userId: string
  /** The address that the link verifies. */
  readonly address: string
  /** The present address of the user. Null if the user has none. */
  readonly current: string | null
}

/** A user, and the address that the user had when it was read. Nothing happens if it has changed since. */
type Addressee = { readonly id: string; readonly email: string }
/** The signed-in user who asks for another address. */
type Principal = { readonly userId: string; readonly sessionId: string }

export type EmailAddressStore = {
  /** Stores a verification link and its mail if the address is still the user's and not yet verified. The audit event is always stored. */
  readonly insertVerification: (user: Addressee, link: NewLink, context: RequestContext) => Promise<void>
  /** Stores a link to a new address and its mail. False if the session has ended: nothing is stored. */
  readonly insertChange: (
    principal: Principal,
    address: string,
    link: NewLink,
    context: RequestContext,
  ) => Promise<boolean>
  /**
   * The same for an address that another account has: the mail goes to its owner and has no link. The link is stored all the same,
   * so that neither time nor a later request tells the principal that the address is taken.
   */
  readonly insertChangeToTaken: (
    principal: Principal,
    address: string,
    owner: Addressee,
    link: NewLink,
    context: RequestContext,
  ) => Promise<boolean>
  /**
   * Stores a mail to the owner of an address with which someone tried to register. The mail has no link. The code is stored all the same, and
   * no digits fit it, so that guesses at it tell nothing.
   */
  readonly tellOwner: (owner: Addressee, sent: Pick<NewLink, 'mail' | 'code'>, context: RequestContext) => Promise<void>
  /** The link of this token, or undefined if there is none. */
  readonly find: (hash: Buffer) => Promise<FoundLink | undefined>
  /** Uses the link up and verifies its address. False if the link is not valid; it is used up then too. */
  readonly verify: (hash: Buffer, context: RequestContext) => Promise<boolean>
  /**
   * Uses the link up and changes the address, if `from` is still the present one. Both `from` and the mail to it are missing for a user
   * without an address. `taken` means that another account has the new address now; nothing changes.
   */
  readonly change: (
    hash: Buffer,
    change: { from: string | null; toKey: string; mail: SealedMail | undefined },
    context: RequestContext,
  ) => Promise<'changed' | 'invalid' | 'taken'>
}

// The latest few links stay valid, so that a repeated request does not invalidate the link that was just sent.
const linksKept = 5

const insertVerification = statement(
  'insert-email-verification',
  (p: Params<LinkParameters & { userId: string; email: string; linksKept: number }>) => sql`WITH u AS (
    SELECT id, email FROM users
    WHERE id = ${p.userId} AND email = ${p.email} AND email_verified_at IS NULL AND disabled_at IS NULL FOR SHARE
  ), ${dropOldLinks(p, sql`'email_verification'`)}, ${insertLink(p, sql`'email_verification'`)},
  ${insertMail(p, sql`u`)}, ${insertCode(p, { link: linkOf(sql`link`) })}
  INSERT INTO audit_events (type, subject_id, ${auditContextColumns})
    VALUES ('email_verification_requested', (SELECT id FROM u), ${auditContextValues(p.context)})`,
)

type ChangeParameters = LinkParameters & { userId: string; sessionId: string; address: string }

// The statement locks the user's row first, in the same order as a password reset. After a wait it reads both rows again. Only the
// latest link stays valid, also for a taken address: otherwise the principal could tell a taken address by an earlier link,
// or by the export.
const storeChange = (p: Params<ChangeParameters>) => sql`principal AS (
    SELECT u.id, u.password_hash, s.id AS session_id FROM users u JOIN sessions s ON s.user_id = u.id
    WHERE u.id = ${p.userId} AND u.disabled_at IS NULL AND s.id = ${p.sessionId} AND ${isLive} FOR SHARE OF u, s
  ), dropped AS (
    DELETE FROM one_time_tokens o USING principal WHERE o.user_id = principal.id AND o.purpose = 'email_change'
  ), link AS (
    INSERT INTO one_time_tokens (id, user_id, purpose, hash, email, bound_to, expires_at)
    SELECT ${p.linkId}, id, 'email_change', ${p.hash}, ${p.address}, ${boundToPasswordOf(sql`principal`)},
      statement_timestamp() + ${p.lifeSeconds} * interval '1 second'
    FROM principal RETURNING id
  )`

const auditChange = (p: Params<ChangeParameters>) =>
  sql`INSERT INTO audit_events (type, actor_id, subject_id, session_id, ${auditContextColumns})
    SELECT 'email_change_requested', id, id, session_id, ${auditContextValues(p.context)} FROM principal`

const insertChange = statement(
  'insert-email-change',
  (p: Params<ChangeParameters>) => sql`WITH ${storeChange(p)}, ${insertMail(p, sql`principal`)},
    ${insertCode(p, { link: linkOf(sql`link`), from: sql`principal` })} ${auditChange(p)}`,
)

const insertChangeToTaken = statement(
  'insert-email-change-to-taken',
  (p: Params<ChangeParameters & { ownerId: string; ownerEmail: string }>) => sql`WITH ${storeChange(p)}, owner AS (
    SELECT id FROM users WHERE id = ${p.ownerId} AND email = ${p.ownerEmail} AND EXISTS (SELECT FROM principal) FOR SHARE
  ), ${insertMail(p, sql`owner`)}, ${insertCode(p, { link: noLink, from: sql`principal` })} ${auditChange(p)}`,
)

const tellOwner = statement(
  'tell-email-owner',
  (p: Params<MailParameters & CodeParameters & { ownerId: string; ownerEmail: string }>) => sql`WITH u AS (
    SELECT id FROM users WHERE id = ${p.ownerId} AND email = ${p.ownerEmail} FOR SHARE
  ), ${insertMail(p, sql`u`)}, ${insertCode(p, { link: noLink })}
  INSERT INTO audit_events (type, subject_id, ${auditContextColumns})
    VALUES ('registration_repeated', (SELECT id FROM u), ${auditContextValues(p.context)})`,
)

const selectLink = statement(
  'select-email-link',
  (p: Params<{ hash: Buffer }>) => sql`SELECT o.purpose, o.user_id AS "userId", o.email AS address, u.email AS current
  FROM one_time_tokens o JOIN users u ON u.id = o.user_id
  WHERE o.hash = ${p.hash} AND o.purpose IN ('email_verification', 'email_change')`,
)

// The statement locks the user's row first, as every statement that removes links does: in another order two could deadlock. Of
// several uses at once, one deletes the link, and the others find none.
const takeLink = (hash: Param<Buffer>, purpose: Fragment, lock: Fragment) => sql`owner AS MATERIALIZED (
    SELECT id FROM users WHERE id = (SELECT user_id FROM one_time_tokens WHERE hash = ${hash} AND purpose = ${purpose})
    FOR ${lock}
  ), link AS (
    DELETE FROM one_time_tokens o USING owner WHERE o.user_id = owner.id AND o.hash = ${hash} AND o.purpose = ${purpose}
    RETURNING o.user_id, o.email, o.bound_to, o.expires_at
  )`

// The link verifies only the address that it was sent to.
const verifyAddress = statement(
  'verify-email',
  (p: Params<{ hash: Buffer; context: string }>) =>
    sql`WITH ${takeLink(p.hash, sql`'email_verification'`, sql`NO KEY UPDATE`)}, u AS (
    UPDATE users u SET email_verified_at = coalesce(u.email_verified_at, statement_timestamp()),
      updated_at = statement_timestamp()
    FROM link l WHERE u.id = l.user_id AND u.email = l.email AND u.disabled_at IS NULL
      AND l.expires_at > statement_timestamp() RETURNING u.id
  ), audited AS (
    INSERT INTO audit_events (type, actor_id, subject_id, ${auditContextColumns})
    SELECT 'email_verified', id, id, ${auditContextValues(p.context)} FROM u
  ) SELECT FROM u`,
)

// All other links to the old address are removed: another user may read that mailbox next.
const changeAddress = statement(
  'change-email',
  (p: Params<MailParameters & { hash: Buffer; toKey: string; from: string | null }>) =>
    sql`WITH ${takeLink(p.hash, sql`'email_change'`, sql`UPDATE`)}, u AS (
    UPDATE users u SET email = l.email, email_key = ${p.toKey}, email_verified_at = statement_timestamp(),
      updated_at = statement_timestamp()
    FROM link l WHERE u.id = l.user_id AND u.email IS NOT DISTINCT FROM ${p.from} AND u.disabled_at IS NULL
      AND l.bound_to = ${boundToPasswordOf(sql`u`)} AND l.expires_at > statement_timestamp() RETURNING u.id
  ), dropped AS (
    DELETE FROM one_time_tokens o USING u WHERE o.user_id = u.id AND o.hash <> ${p.hash}
  ), ${insertMail(p, sql`u WHERE ${p.sealed}::text IS NOT NULL`)}, audited AS (
    INSERT INTO audit_events (type, actor_id, subject_id, ${auditContextColumns})
    SELECT 'email_changed', id, id, ${auditContextValues(p.context)} FROM u
  ) SELECT FROM u`,
)

export function createEmailAddressStore({ pool }: Pick<Database, 'pool'>): EmailAddressStore {
  return {
    async insertVerification({ id: userId, email }, link, context) {
      await pool.query(insertVerification({ userId, email, linksKept, ...linkParameters(link, context) }))
    },

    async insertChange(principal, address, link, context) {
      const { userId, sessionId } = principal
      const query = insertChange({ userId, sessionId, address, ...linkParameters(link, context) })
      return (await pool.query(query)).rowCount === 1
    },

    async insertChangeToTaken({ userId, sessionId }, address, { id: ownerId, email: ownerEmail }, link, context) {
      const parameters = { userId, sessionId, address, ownerId, ownerEmail, ...linkParameters(link, context) }
      return (await pool.query(insertChangeToTaken(parameters))).rowCount === 1
    },

    async tellOwner({ id: ownerId, email: ownerEmail }, { mail, code }, context) {
      const sent = { ...codeParameters(code), ...mailParameters(mail, context) }
      await pool.query(tellOwner({ ownerId, ownerEmail, ...sent }))
    },

    async find(hash) {
      return (await pool.query<FoundLink>(selectLink({ hash }))).rows[0]
    },

    async verify(hash, context) {
      return (await pool.query(verifyAddress({ hash, context: contextParameter(context) }))).rowCount === 1
    },

    async change(hash, { from, toKey, mail }, context) {
      try {
        const query = changeAddress({ hash, toKey, from, ...mailParameters(mail, context) })
        return (await pool.query(query)).rowCount === 1 ? 'changed' : 'invalid'
      } catch (error) {
        // unique_violation: the unique index decides between two changes at once.
        if (errorCode(error) === '23505') return 'taken'
        throw error
      }
    },
  }
}
