/**
 * The codes in mails, in Postgres. A row is inserted in the statement that stores the link and the mail, and whether there are any or not.
 * It stays until it expires, also when its link is used, so that guesses are answered and counted alike for every email.
 */
import { auditContextColumns, auditContextValues, contextParameter } from '../audit/audit-sql.ts'
import type { Database } from '../database/client.ts'
import { type Params, sql, statement } from '../database/sql.ts'
import type { RequestContext } from '../http/request-context.ts'

/** The outcome of a try. `link` is the hash of the link in the same mail, or null if it was used, has expired, or was never sent. */
export type TriedCode = { readonly matches: boolean; readonly link: Buffer | null }

export type EmailCodeStore = {
  /** The mailbox of a code that has not expired, or undefined. */
  readonly findMailbox: (id: Buffer) => Promise<Buffer | undefined>
  /**
   * Compares a code, and counts the try if it is wrong, in one statement. So tries at once get no more tries than tries in a row. Undefined
   * if there is no such code, or if it has expired or was tried too often. `hashes` are those of the given code, one for each secret.
   */
  readonly attempt: (id: Buffer, hashes: readonly Buffer[], context: RequestContext) => Promise<TriedCode | undefined>
}

// A wrong code is counted, and the fifth one ends the code.
const mostTries = 5

const isTriable = (p: Params<{ id: Buffer }>) => sql`c.id = ${p.id} AND c.expires_at > statement_timestamp()`

const selectMailbox = statement(
  'select-code-mailbox',
  (p: Params<{ id: Buffer }>) => sql`SELECT c.mailbox FROM email_codes c WHERE ${isTriable(p)}`,
)

// Another try that waits for this row finds the count of this one. A right code is written too, so that it takes as long as a wrong one.
const attemptCode = statement(
  'attempt-email-code',
  (p: Params<{ id: Buffer; hashes: readonly Buffer[]; mostTries: number; context: string }>) => sql`WITH tried AS (
    UPDATE email_codes c SET tries = c.tries + CASE WHEN c.code_hash = ANY(${p.hashes}::bytea[]) THEN 0 ELSE 1 END
    WHERE ${isTriable(p)} AND c.tries < ${p.mostTries}
    RETURNING c.code_hash = ANY(${p.hashes}::bytea[]) AS matches, c.tries, c.token_id
  ), audited AS (
    INSERT INTO audit_events (type, subject_id, ${auditContextColumns})
    SELECT 'email_code_exhausted', (SELECT o.user_id FROM one_time_tokens o WHERE o.id = t.token_id),
      ${auditContextValues(p.context)}
    FROM tried t WHERE NOT t.matches AND t.tries = ${p.mostTries}
  ) SELECT t.matches, (SELECT o.hash FROM one_time_tokens o WHERE o.id = t.token_id
      AND o.expires_at > statement_timestamp()) AS link FROM tried t`,
)

export function createEmailCodeStore({ pool }: Pick<Database, 'pool'>): EmailCodeStore {
  return {
    async findMailbox(id) {
      return (await pool.query<{ mailbox: Buffer }>(selectMailbox({ id }))).rows[0]?.mailbox
    },

    async attempt(id, hashes, context) {
      const query = attemptCode({ id, hashes, mostTries, context: contextParameter(context) })
      return (await pool.query<TriedCode>(query)).rows[0]
    },
  }
}
