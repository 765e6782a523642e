/**
 * The outbox in Postgres. A node claims a mail by moving its next attempt past the end of this one. So no lock and no transaction is held
 * during the SMTP dialogue, and the mails of a node that died become due again by themselves.
 */
import type { Database } from '../database/client.ts'
import type { Prisma } from '../database/generated/client.ts'
import { type Params, sql, statement } from '../database/sql.ts'
import type { SealedMail } from './outbox.ts'

export type ClaimedMail = SealedMail & {
  readonly id: string
  /** The number of attempts, with this one. */
  readonly attempts: number
  /** The number of attempts after which a mail server had the whole mail and did not answer. */
  readonly unanswered: number
  /** Seconds since the mail was posted. */
  readonly ageSeconds: number
}

export type MailStore = {
  /** At most `most` due mails. They belong to this node alone until the lease ends. */
  readonly claim: (most: number, leaseSeconds: number) => Promise<readonly ClaimedMail[]>
  /** Deletes a mail that a mail server has accepted. */
  readonly remove: (id: string) => Promise<void>
  /** Starts the lease again, and returns the ids of the mails that this node still holds. */
  readonly renew: (mails: readonly ClaimedMail[], leaseSeconds: number) => Promise<ReadonlySet<string>>
  /** Schedules another attempt. `perhapsTaken` means that a server had the whole mail and did not answer. */
  readonly retry: (mail: ClaimedMail, error: string, inSeconds: number, perhapsTaken: boolean) => Promise<void>
  /** Marks a mail as undeliverable. */
  readonly bury: (mail: ClaimedMail, error: string) => Promise<void>
  /** Gives the claim back: the attempt did not take place. */
  readonly release: (mail: ClaimedMail) => Promise<void>
  /** The number of mails that wait, or that could not be delivered. */
  readonly count: (state: 'waiting' | 'dead') => Promise<number>
}

/** Puts a mail into the outbox, in the transaction of its cause. */
export async function postMail(tx: Pick<Prisma.TransactionClient, 'mail'>, mail: SealedMail): Promise<void> {
  await tx.mail.create({ data: mail, select: { id: true } })
}

// SKIP LOCKED, because another node that claims at this moment has locked its mails.
const claimMails = statement(
  'claim-mails',
  (p: Params<{ most: number; leaseSeconds: number }>) => sql`WITH due AS MATERIALIZED (
    SELECT id FROM mails WHERE dead_at IS NULL AND next_attempt_at <= statement_timestamp()
    ORDER BY next_attempt_at LIMIT ${p.most} FOR UPDATE SKIP LOCKED
  ) UPDATE mails m SET attempts = m.attempts + 1,
    next_attempt_at = statement_timestamp() + ${p.leaseSeconds} * interval '1 second'
  FROM due WHERE m.id = due.id RETURNING m.id, m.kind, m.user_id AS "userId", m.sealed, m.attempts,
    m.unanswered, extract(epoch FROM statement_timestamp() - m.created_at)::float8 AS "ageSeconds"`,
)

const removeMail = statement('remove-mail', (p: Params<{ id: string }>) => sql`DELETE FROM mails WHERE id = ${p.id}`)

// `attempts` tells whether the claim is still this node's: a delayed node must not undo the attempt of another. The time never moves
// earlier, because this statement may come after the one that ended the attempt.
const renewClaims = statement(
  'renew-mail-claims',
  (p: Params<{ ids: readonly string[]; attempts: readonly number[]; leaseSeconds: number }>) => sql`UPDATE mails m SET
    next_attempt_at = greatest(m.next_attempt_at, statement_timestamp() + ${p.leaseSeconds} * interval '1 second')
  FROM unnest(${p.ids}::uuid[], ${p.attempts}::int[]) AS claim(id, attempts)
  WHERE m.id = claim.id AND m.attempts = claim.attempts AND m.dead_at IS NULL RETURNING m.id`,
)

type Claim = { id: string; attempts: number }

const isClaimed = (p: Params<Claim>) => sql`id = ${p.id} AND attempts = ${p.attempts} AND dead_at IS NULL`

const retryMail = statement(
  'retry-mail',
  (p: Params<Claim & { error: string; inSeconds: number; unanswered: number }>) => sql`UPDATE mails SET
    last_error = ${p.error}, next_attempt_at = statement_timestamp() + ${p.inSeconds} * interval '1 second',
    unanswered = unanswered + ${p.unanswered}
  WHERE ${isClaimed(p)}`,
)

// The content of a mail about no user is removed: no deletion of a user would ever remove it.
const buryMail = statement(
  'bury-mail',
  (p: Params<Claim & { error: string }>) => sql`UPDATE mails SET last_error = ${p.error},
    dead_at = statement_timestamp(), sealed = CASE WHEN user_id IS NULL THEN '' ELSE sealed END
  WHERE ${isClaimed(p)}`,
)

const releaseMail = statement(
  'release-mail',
  (p: Params<Claim>) => sql`UPDATE mails SET attempts = attempts - 1, next_attempt_at = statement_timestamp()
  WHERE ${isClaimed(p)}`,
)

export function createMailStore({ prisma, pool }: Pick<Database, 'prisma' | 'pool'>): MailStore {
  return {
    async claim(most, leaseSeconds) {
      return (await pool.query<ClaimedMail>(claimMails({ most, leaseSeconds }))).rows
    },

    async remove(id) {
      await pool.query(removeMail({ id }))
    },

    async renew(mails, leaseSeconds) {
      const claims = { ids: mails.map(({ id }) => id), attempts: mails.map(({ attempts }) => attempts) }
      const { rows } = await pool.query<{ id: string }>(renewClaims({ ...claims, leaseSeconds }))
      return new Set(rows.map(({ id }) => id))
    },

    async retry({ id, attempts }, error, inSeconds, perhapsTaken) {
      await pool.query(retryMail({ id, attempts, error, inSeconds, unanswered: perhapsTaken ? 1 : 0 }))
    },

    async bury({ id, attempts }, error) {
      await pool.query(buryMail({ id, attempts, error }))
    },

    async release({ id, attempts }) {
      await pool.query(releaseMail({ id, attempts }))
    },

    count: (state) => prisma.mail.count({ where: { deadAt: state === 'dead' ? { not: null } : null } }),
  }
}
