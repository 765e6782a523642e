/** SQL that stores a mail and its code, as parts of the statement of their cause. */
import { contextParameter } from '../audit/audit-sql.ts'
import { type Fragment, type Params, sql } from '../database/sql.ts'
import { uuid7 } from '../database/uuid7.ts'
import type { RequestContext } from '../http/request-context.ts'
import type { MailKind } from '../mail/mail.ts'
import type { SealedMail } from '../mail/outbox.ts'
import type { StoredCode } from './email-code.ts'

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
