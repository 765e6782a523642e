/**
 * The outbox in Postgres. A letter is claimed by moving its next attempt past the end of this one: no lock and no
 * transaction is held while a mail server is talked to, and what a node that died had claimed comes up again by itself.
 */
import type { Database } from '../database/client.ts'
import type { Prisma } from '../database/generated/client.ts'
import type { SealedMail } from './outbox.ts'

export type ClaimedMail = SealedMail & {
  readonly id: string
  /** This one included. */
  readonly attempts: number
  /** How often a server had the whole letter and did not answer. */
  readonly unanswered: number
  /** Since it was posted. */
  readonly ageSeconds: number
}

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
  FROM due WHERE m.id = due.id RETURNING m.id, m.kind, m.user_id AS "userId", m.sealed, m.attempts,
    m.unanswered, extract(epoch FROM statement_timestamp() - m.created_at)::float8 AS "ageSeconds"`,
}

// `attempts` says that the claim is still ours: a node that was held up must not undo what another has begun since.
// Never earlier than it stands: this may come after what ended the attempt.
const renewClaims = `UPDATE mails m SET
    next_attempt_at = greatest(m.next_attempt_at, statement_timestamp() + $3 * interval '1 second')
  FROM unnest($1::uuid[], $2::int[]) AS claim(id, attempts)
  WHERE m.id = claim.id AND m.attempts = claim.attempts AND m.dead_at IS NULL RETURNING m.id`
const retryMail = `UPDATE mails SET last_error = $3, next_attempt_at = statement_timestamp() + $4 * interval '1 second',
    unanswered = unanswered + $5
  WHERE id = $1 AND attempts = $2 AND dead_at IS NULL`
// What it says goes where it is about nobody: nobody who leaves could take it along.
const buryMail = `UPDATE mails SET last_error = $3, dead_at = statement_timestamp(),
    sealed = CASE WHEN user_id IS NULL THEN '' ELSE sealed END
  WHERE id = $1 AND attempts = $2 AND dead_at IS NULL`
const releaseMail = `UPDATE mails SET attempts = attempts - 1, next_attempt_at = statement_timestamp()
  WHERE id = $1 AND attempts = $2 AND dead_at IS NULL`
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

    /** Makes the lease begin anew, and says which of these are still claimed by who asks. */
    async renew(mails: readonly ClaimedMail[], leaseSeconds: number): Promise<ReadonlySet<string>> {
      const values = [mails.map(({ id }) => id), mails.map(({ attempts }) => attempts), leaseSeconds]
      const { rows } = await pool.query<{ id: string }>(renewClaims, values)
      return new Set(rows.map(({ id }) => id))
    },

    /** It is tried again later. `perhapsTaken`: a server had all of it and did not answer. */
    retry: ({ id, attempts }: ClaimedMail, error: string, inSeconds: number, perhapsTaken: boolean) =>
      pool.query(retryMail, [id, attempts, error, inSeconds, perhapsTaken ? 1 : 0]),

    /** It is given up. */
    bury: ({ id, attempts }: ClaimedMail, error: string) => pool.query(buryMail, [id, attempts, error]),

    /** The claim is given back: the attempt did not take place. */
    release: ({ id, attempts }: ClaimedMail) => pool.query(releaseMail, [id, attempts]),

    /** How many wait, or have been given up. */
    async count(state: 'waiting' | 'dead'): Promise<number> {
      const { rows } = await pool.query<{ count: number }>(state === 'dead' ? countDead : countWaiting)
      return rows[0]?.count ?? 0
    },
  }
}

export type MailStore = ReturnType<typeof createMailStore>
