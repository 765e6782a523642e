/** Stored sign-in attempts in Postgres. */
import type { Account } from '../accounts/account-store.ts'
import { checkedUser } from '../accounts/user-sql.ts'
import type { Database } from '../database/client.ts'
import { type Fragment, type Params, sql, statement, toQuery } from '../database/sql.ts'
import type { Mode } from '../http/mode.ts'
import { type Spent, spend, type Unproven, unproven } from '../sessions/spent-proof-sql.ts'

/** A sign-in by mail, as its user recognises it. */
export type ByMail = {
  /** Two digits. The client shows them to the user. */
  readonly number: number
  /** The browser and the system of the client, and its address. */
  readonly device: string
  readonly ip: string
}

export type NewAttempt = {
  /** SHA-256 of the token that the client gets. */
  id: Buffer
  /** The account whose proofs were checked. Undefined before the first proof. */
  account: Account | undefined
  amr: readonly string[]
  /** The session that the attempt renews. */
  sessionId: string | undefined
  mode: Mode
  bindingHash: Buffer | undefined
  remembered: boolean
  lifeSeconds: number
  byMail: ByMail | undefined
}

/** A stored attempt that is still open. */
export type OpenAttempt = {
  readonly userId: string | null
  readonly credentialVersion: number | null
  readonly amr: readonly string[]
  readonly mode: Mode
  readonly bindingHash: Buffer | null
  readonly remembered: boolean
  readonly number: number | null
  readonly approvedAt: Date | null
  /** Seconds until it ends, at least 1. */
  readonly secondsLeft: number
  readonly sessionId: string | null
  /** The methods of the session that the attempt renews. */
  readonly before: readonly string[] | null
}

export type AttemptStore = {
  readonly insert: (attempt: NewAttempt) => Promise<void>
  /** The attempt, unless it has ended. */
  readonly find: (id: Buffer) => Promise<OpenAttempt | undefined>
  /** The same, and counts a try. Undefined after `mostTries`, so tries at once get no more than tries in a row. */
  readonly countTry: (id: Buffer, mostTries: number) => Promise<OpenAttempt | undefined>
  /** Adds a proof to an attempt that goes on, and uses up what the proof consumes. Undefined if that was done. */
  readonly addProof: (
    proof: { readonly account: Account; readonly amr: readonly string[] },
    spent: Spent & { readonly attemptId: Buffer },
  ) => Promise<Unproven | undefined>
}

const isOpen = (id: unknown): Fragment => sql`a.id = ${id} AND a.expires_at > statement_timestamp()`

const openColumns = sql`a.user_id AS "userId", a.credential_version AS "credentialVersion", a.amr, a.mode,
  a.binding_hash AS "bindingHash", a.remembered, a.number, a.approved_at AS "approvedAt",
  greatest(round(date_part('epoch', a.expires_at - statement_timestamp())), 1)::int AS "secondsLeft",
  a.session_id AS "sessionId", (SELECT s.amr FROM sessions s WHERE s.id = a.session_id) AS before`

const selectAttempt = statement(
  'select-signin-attempt',
  (p: Params<{ id: Buffer }>) => sql`SELECT ${openColumns} FROM signin_attempts a WHERE ${isOpen(p.id)}`,
)

const countTry = statement(
  'count-signin-try',
  (p: Params<{ id: Buffer; mostTries: number }>) => sql`UPDATE signin_attempts a SET tries = a.tries + 1
    WHERE ${isOpen(p.id)} AND a.tries < ${p.mostTries} RETURNING ${openColumns}`,
)

type Values = Omit<NewAttempt, 'account' | 'sessionId' | 'bindingHash' | 'byMail'> & {
  userId: string | null
  credentialVersion: number | null
  sessionId: string | null
  bindingHash: Buffer | null
  number: number | null
  device: string | null
  ip: string | null
}

const insertAttempt = statement(
  'insert-signin-attempt',
  (
    p: Params<Values>,
  ) => sql`INSERT INTO signin_attempts (id, user_id, credential_version, amr, session_id, mode, binding_hash,
      remembered, number, device, ip, expires_at)
    VALUES (${p.id}, ${p.userId}, ${p.credentialVersion}, ${p.amr}, ${p.sessionId}, ${p.mode}, ${p.bindingHash},
      ${p.remembered}, ${p.number}, ${p.device}, ${p.ip}, statement_timestamp() + ${p.lifeSeconds} * interval '1 second')`,
)

export function createAttemptStore({ pool }: Pick<Database, 'pool'>): AttemptStore {
  return {
    async insert({ account, sessionId = null, bindingHash = null, byMail, ...attempt }) {
      const shown = byMail ?? { number: null, device: null, ip: null }
      const checked = { userId: account?.id ?? null, credentialVersion: account?.credentialVersion ?? null }
      await pool.query(insertAttempt({ ...attempt, ...checked, ...shown, sessionId, bindingHash }))
    },

    find: async (id) => (await pool.query<OpenAttempt>(selectAttempt({ id }))).rows[0],

    countTry: async (id, mostTries) => (await pool.query<OpenAttempt>(countTry({ id, mostTries }))).rows[0],

    async addProof({ account, amr }, spent) {
      const { id, credentialVersion } = account
      const query = toQuery(sql`WITH checked AS (${checkedUser(id, credentialVersion)}), ${spend(spent)}, added AS (
          UPDATE signin_attempts SET user_id = u.id, credential_version = u.credential_version, amr = ${amr}, tries = 0
          FROM u WHERE signin_attempts.id = ${spent.attemptId}
        ) SELECT ${unproven(spent)}`)
      return (await pool.query<{ unproven: Unproven | null }>(query)).rows[0]?.unproven ?? undefined
    },
  }
}
