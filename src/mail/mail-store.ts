/**
 * The outbox in Postgres. A letter is claimed by moving its next attempt past the end of this one: no lock and no
 * transaction is held while a mail server is talked to, and what a node that died had claimed comes up again by itself.
 */
import type { Database } from '../database/client.ts'
import type { Prisma } from '../database/generated/client.ts'
import type { MailKind } from './mail.ts'
import type { SealedMail } from './outbox.ts'

/** A letter that this node sends now. `attempts` counts this one. */
export type ClaimedMail = SealedMail & { readonly id: string; readonly attempts: number }

/** A letter that was given up: whom it was about and what the server said, never what was in it or where it went. */
export type DeadMail = {
  readonly id: string
  readonly kind: MailKind
  readonly userId: string | null
  readonly attempts: number
  readonly lastError: string | null
  readonly createdAt: Date
  readonly deadAt: Date
}

const keepDeadDays = 30

/** Puts a letter into the outbox, in the transaction of its cause. */
export async function postMail(tx: Pick<Prisma.TransactionClient, 'mail'>, mail: SealedMail): Promise<void> {
  await tx.mail.create({ data: mail, select: { id: true } })
}

// SKIP LOCKED, because another node that claims at this moment has locked what it takes.
const claimMails = {
  name: 'claim-mails',
  text: `WITH due AS MATERIALIZED (
    SELECT id FROM mails WHERE dead_at IS NULL AND next_attempt_at <= statement_timestamp()
    ORDER BY next_attempt_at LIMIT $1 FOR UPDATE SKIP LOCKED
  ) UPDATE mails m SET attempts = m.attempts + 1, next_attempt_at = statement_timestamp() + $2 * interval '1 second'
  FROM due WHERE m.id = due.id RETURNING m.id, m.kind, m.user_id AS "userId", m.sealed, m.attempts`,
}

// `attempts` says that the claim is still ours: a node that was held up must not undo what another has begun since.
const retryMail = `UPDATE mails SET last_error = $3, next_attempt_at = statement_timestamp() + $4 * interval '1 second'
  WHERE id = $1 AND attempts = $2 AND dead_at IS NULL`
const buryMail = `UPDATE mails SET last_error = $3, dead_at = statement_timestamp()
  WHERE id = $1 AND attempts = $2 AND dead_at IS NULL`
const releaseMail = `UPDATE mails SET attempts = attempts - 1, next_attempt_at = statement_timestamp()
  WHERE id = $1 AND attempts = $2 AND dead_at IS NULL`
const sweepDead = `DELETE FROM mails WHERE dead_at < statement_timestamp() - $1 * interval '1 day'`
const selectDead = `SELECT id, kind, user_id AS "userId", attempts, last_error AS "lastError",
  created_at AS "createdAt", dead_at AS "deadAt" FROM mails WHERE dead_at IS NOT NULL ORDER BY dead_at DESC, id LIMIT $1`
const countWaiting = 'SELECT count(*)::int AS count FROM mails WHERE dead_at IS NULL'
const countDead = 'SELECT count(*)::int AS count FROM mails WHERE dead_at IS NOT NULL'

export function createMailStore({ pool }: Pick<Database, 'pool'>) {
  return {
    /** At most this many letters that are due, for this node alone until the lease is over. */
    async claim(most: number, leaseSeconds: number): Promise<readonly ClaimedMail[]> {
      return (await pool.query<ClaimedMail>({ ...claimMails, values: [most, leaseSeconds] })).rows
    },

    /** A mail server has taken it: nothing of it is kept. */
    remove: (id: string) => pool.query('DELETE FROM mails WHERE id = $1', [id]),

    /** It is tried again later. */
    retry: ({ id, attempts }: ClaimedMail, error: string, inSeconds: number) =>
      pool.query(retryMail, [id, attempts, error, inSeconds]),

    /** It is given up. */
    bury: ({ id, attempts }: ClaimedMail, error: string) => pool.query(buryMail, [id, attempts, error]),

    /** The claim is given back: the attempt did not take place. */
    release: ({ id, attempts }: ClaimedMail) => pool.query(releaseMail, [id, attempts]),

    /** Forgets what was given up long ago. */
    sweep: () => pool.query(sweepDead, [keepDeadDays]),

    /** How many wait, or have been given up. */
    async count(state: 'waiting' | 'dead'): Promise<number> {
      const { rows } = await pool.query<{ count: number }>(state === 'dead' ? countDead : countWaiting)
      return rows[0]?.count ?? 0
    },

    /** What was given up, newest first, for an administrator. */
    async listDead(most: number): Promise<readonly DeadMail[]> {
      return (await pool.query<DeadMail>(selectDead, [most])).rows
    },
  }
}

export type MailStore = ReturnType<typeof createMailStore>
