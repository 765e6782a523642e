/** The approval of a sign-in on another device, in Postgres. */
import { auditContextColumns, auditContextValues, contextParameter } from '../../audit/audit-sql.ts'
import type { Database } from '../../database/client.ts'
import { type Params, sql, statement } from '../../database/sql.ts'
import type { RequestContext } from '../../http/request-context.ts'

/** A sign-in that waits for its approval. */
export type PendingSignIn = {
  readonly device: string
  readonly ip: string
  readonly requestedAt: Date
  readonly secondsLeft: number
  /** Whether the browser that asks is the one that signs in. */
  readonly isHere: boolean
}

/** The token of the link, and the cookie of the browser that has it open. Both are SHA-256. */
type Opened = { readonly hash: Buffer; readonly bindingHash: Buffer | undefined }

export type ApprovalStore = {
  /** The sign-in of this link. Undefined if the link was used or has expired, or three wrong numbers were given. It only reads. */
  readonly find: (opened: Opened) => Promise<PendingSignIn | undefined>
  /**
   * Approves the sign-in if the number is right, or if the link is open in the browser that signs in. Else it counts a wrong number, in the
   * same statement, so that many at once get no more tries than many in a row. Undefined as in `find`.
   */
  readonly approve: (
    opened: Opened,
    number: number | undefined,
    context: RequestContext,
  ) => Promise<'approved' | 'wrong_number' | undefined>
}

const mostWrongNumbers = 3

type Parameters = { hash: Buffer; bindingHash: Buffer | null; mostWrongNumbers: number }

/** The attempt `a` of the link `o`, while it can be approved. */
const isOpen = (
  p: Params<Parameters>,
) => sql`o.hash = ${p.hash} AND o.purpose = 'sign_in' AND o.expires_at > statement_timestamp()
    AND c.token_id = o.id AND a.id = c.id AND a.session_id IS NULL AND a.expires_at > statement_timestamp()
    AND a.wrong_numbers < ${p.mostWrongNumbers}`

/** A sign-in without a cookie, that of an app, is never here. */
const isHere = (p: Params<Parameters>) => sql`coalesce(a.binding_hash = ${p.bindingHash}::bytea, false)`

const selectPending = statement(
  'select-pending-sign-in',
  (p: Params<Parameters>) => sql`SELECT a.device, a.ip, a.created_at AS "requestedAt", ${isHere(p)} AS "isHere",
      greatest(round(date_part('epoch', a.expires_at - statement_timestamp())), 1)::int AS "secondsLeft"
    FROM one_time_tokens o, email_codes c, signin_attempts a WHERE ${isOpen(p)}`,
)

const approveSignIn = statement(
  'approve-sign-in',
  (p: Params<Parameters & { number: number | null; context: string }>) => sql`WITH tried AS (
    UPDATE signin_attempts a SET
      wrong_numbers = a.wrong_numbers + CASE WHEN ${isHere(p)} OR a.number = ${p.number}::int THEN 0 ELSE 1 END,
      approved_at = CASE WHEN ${isHere(p)} OR a.number = ${p.number}::int
        THEN coalesce(a.approved_at, statement_timestamp()) ELSE a.approved_at END
    FROM one_time_tokens o, email_codes c WHERE ${isOpen(p)}
    RETURNING o.user_id, ${isHere(p)} OR coalesce(a.number = ${p.number}::int, false) AS approved
  ), audited AS (
    INSERT INTO audit_events (type, actor_id, subject_id, ${auditContextColumns})
    SELECT 'sign_in_approved', user_id, user_id, ${auditContextValues(p.context)} FROM tried WHERE approved
  ) SELECT approved FROM tried`,
)

const parametersOf = ({ hash, bindingHash = Buffer.alloc(0) }: Opened): Parameters => ({
  hash,
  bindingHash,
  mostWrongNumbers,
})

export function createApprovalStore({ pool }: Pick<Database, 'pool'>): ApprovalStore {
  return {
    find: async (opened) => (await pool.query<PendingSignIn>(selectPending(parametersOf(opened)))).rows[0],

    async approve(opened, number, context) {
      const query = approveSignIn({
        ...parametersOf(opened),
        number: number ?? null,
        context: contextParameter(context),
      })
      const [tried] = (await pool.query<{ approved: boolean }>(query)).rows
      return tried && (tried.approved ? 'approved' : 'wrong_number')
    },
  }
}
