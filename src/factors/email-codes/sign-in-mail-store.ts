/**
 * The links and codes that sign users in, in Postgres. The code of a mail has the id of its sign-in attempt, so the three rows belong together:
 * the attempt, the code, and the link.
 */
import { auditContextColumns, auditContextValues } from '../../audit/audit-sql.ts'
import type { Database } from '../../database/client.ts'
import { type Params, sql, statement } from '../../database/sql.ts'
import type { NewLink } from '../../email-addresses/link.ts'
import {
  type CodeParameters,
  dropOldLinks,
  insertCode,
  insertLink,
  insertMail,
  type LinkParameters,
  linkOf,
  linkParameters,
} from '../../email-addresses/mailed-sql.ts'
import type { RequestContext } from '../../http/request-context.ts'
import type { Consumption } from '../../sessions/spent-proof-sql.ts'

/** A user, and the address that the user had when it was read. Nothing is sent if it has changed since. */
type Addressee = { readonly id: string; readonly email: string }

/** The link of a mail that was not used yet. */
export type SignInLink = { readonly hash: Buffer; readonly userId: string; readonly email: string }

export type SignInMailStore = {
  /**
   * Stores a link, its code and its mail, if the user has this address and is not disabled. The code and the audit event are always stored, so the
   * statement takes as long for an address without an account. `session` is that of a user who signs in again.
   */
  readonly insert: (
    user: Addressee,
    link: NewLink,
    context: RequestContext,
    session?: { readonly userId: string; readonly sessionId: string },
  ) => Promise<void>
  /** The link that belongs to the attempt with this id. Undefined if it was used, has expired, or was never sent. */
  readonly findLink: (attemptId: Buffer) => Promise<SignInLink | undefined>
  /** Uses the link up. */
  readonly use: (link: SignInLink) => Consumption
}

// The latest few links stay valid. Otherwise a stranger could end a link of the user by asking for another.
const linksKept = 5

type Parameters = LinkParameters &
  CodeParameters & {
    userId: string
    email: string
    linksKept: number
    actorId: string | null
    sessionId: string | null
  }

const insertSignInMail = statement(
  'insert-sign-in-mail',
  (p: Params<Parameters>) => sql`WITH u AS (
    SELECT id, email FROM users WHERE id = ${p.userId} AND email = ${p.email} AND disabled_at IS NULL FOR SHARE
  ), ${dropOldLinks(p, sql`'sign_in'`)}, ${insertLink(p, sql`'sign_in'`)}, ${insertMail(p, sql`u`)},
  ${insertCode(p, { link: linkOf(sql`link`) })}
  INSERT INTO audit_events (type, actor_id, subject_id, session_id, ${auditContextColumns})
    VALUES ('sign_in_mail_requested', (SELECT id FROM u WHERE id = ${p.actorId}), (SELECT id FROM u), ${p.sessionId},
      ${auditContextValues(p.context)})`,
)

const selectLink = statement(
  'select-sign-in-link',
  (p: Params<{ attemptId: Buffer }>) => sql`SELECT o.hash, o.user_id AS "userId", o.email
    FROM email_codes c JOIN one_time_tokens o ON o.id = c.token_id
    WHERE c.id = ${p.attemptId} AND o.purpose = 'sign_in' AND o.expires_at > statement_timestamp()`,
)

export function createSignInMailStore({ pool }: Pick<Database, 'pool'>): SignInMailStore {
  return {
    async insert({ id: userId, email }, link, context, session) {
      const by = { actorId: session?.userId ?? null, sessionId: session?.sessionId ?? null }
      await pool.query(insertSignInMail({ userId, email, linksKept, ...by, ...linkParameters(link, context) }))
    },

    findLink: async (attemptId) => (await pool.query<SignInLink>(selectLink({ attemptId }))).rows[0],

    use:
      ({ hash }) =>
      (when) =>
        sql`DELETE FROM one_time_tokens WHERE hash = ${hash} AND purpose = 'sign_in'
          AND expires_at > statement_timestamp() AND ${when} RETURNING 1 AS one`,
  }
}
