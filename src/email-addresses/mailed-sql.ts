/** SQL that stores a mail and its code, as parts of the statement of their cause. */
import { contextParameter } from '../audit/audit-sql.ts'
import { type Fragment, type Params, sql } from '../database/sql.ts'
import { uuid7 } from '../database/uuid7.ts'
import type { RequestContext } from '../http/request-context.ts'
import type { MailKind } from '../mail/mail.ts'
import type { SealedMail } from '../mail/outbox.ts'
import type { StoredCode } from './email-code.ts'
import type { NewLink } from './link.ts'

/** `kind` and `sealed` are null if no mail is sent. */
export type MailParameters = { mailId: string; kind: MailKind | null; sealed: string | null; context: string }

export const mailParameters = (mail: SealedMail | undefined, context: RequestContext): MailParameters => ({
  mailId: uuid7(),
  kind: mail?.kind ?? null,
  sealed: mail?.sealed ?? null,
  context: contextParameter(context),
})

/** Stores a mail about each user of `from`. */
export const insertMail = (p: Params<MailParameters>, from: Fragment): Fragment => sql`mail AS (
    INSERT INTO mails (id, kind, user_id, sealed) SELECT ${p.mailId}, ${p.kind}, id, ${p.sealed} FROM ${from}
  )`

export type CodeParameters = { codeId: Buffer; codeHash: Buffer; codeMailbox: Buffer; codeSeconds: number }

export const codeParameters = ({ id, hash, mailbox, lifeSeconds }: StoredCode): CodeParameters => ({
  codeId: id,
  codeHash: hash,
  codeMailbox: mailbox,
  codeSeconds: lifeSeconds,
})

type Values = { readonly [K in keyof CodeParameters]: unknown }

/**
 * Stores a code. `link` is the id of the link in the same mail: a row of the statement that has none stores a code that no digits fit.
 * `from` limits it to the case that a row of that name exists.
 */
export const insertCode = (p: Values, { link, from }: { link: Fragment; from?: Fragment }): Fragment => sql`code AS (
    INSERT INTO email_codes (id, code_hash, mailbox, token_id, expires_at)
    SELECT ${p.codeId}, ${p.codeHash}, ${p.codeMailbox}, ${link},
      statement_timestamp() + ${p.codeSeconds} * interval '1 second' ${from ? sql`FROM ${from}` : sql``}
  )`

/** The id of the link that the part `name` of the statement inserts, or null. */
export const linkOf = (name: Fragment): Fragment => sql`(SELECT id FROM ${name})`
export const noLink: Fragment = sql`NULL::uuid`

/** A link of a user, with its mail and its code. */
export type LinkParameters = MailParameters & CodeParameters & { linkId: string; hash: Buffer; lifeSeconds: number }

export const linkParameters = (
  { hash, lifeSeconds, mail, code }: NewLink,
  context: RequestContext,
): LinkParameters => ({
  linkId: uuid7(),
  hash,
  lifeSeconds,
  ...codeParameters(code),
  ...mailParameters(mail, context),
})

type Placeholder<Name extends string> = { readonly [K in Name]: unknown }

/** Stores a link for the user `u`. The purpose is a literal of SQL. */
export const insertLink = (
  p: Placeholder<'linkId' | 'hash' | 'lifeSeconds'>,
  purpose: Fragment,
): Fragment => sql`link AS (
    INSERT INTO one_time_tokens (id, user_id, purpose, hash, email, expires_at)
    SELECT ${p.linkId}, id, ${purpose}, ${p.hash}, email,
      statement_timestamp() + ${p.lifeSeconds} * interval '1 second' FROM u RETURNING id
  )`

/** Removes the older links of the user `u`, so that `linksKept` are left with the new one. */
export const dropOldLinks = (p: Placeholder<'linksKept'>, purpose: Fragment): Fragment => sql`dropped AS (
    DELETE FROM one_time_tokens o USING u
    WHERE o.user_id = u.id AND o.purpose = ${purpose} AND o.id NOT IN (
      SELECT k.id FROM one_time_tokens k WHERE k.user_id = u.id AND k.purpose = ${purpose}
        AND k.expires_at > statement_timestamp() ORDER BY k.created_at DESC, k.id DESC LIMIT ${p.linksKept} - 1)
  )`
