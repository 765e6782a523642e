/**
 * Registrations whose address is not proven yet, in Postgres. There is no account before the proof: the row of the link holds
 * all that the account will be, so that each link opens it with the password of its own registration.
 */

import type { NewAccount } from '../accounts/account-store.ts'
import { auditContextColumns, auditContextValues, contextParameter, recordAudit } from '../audit/audit-store.ts'
import type { Database } from '../database/client.ts'
import { uuid7 } from '../database/uuid7.ts'
import type { Proof } from '../email-addresses/proof.ts'
import { AppError } from '../errors.ts'
import type { RequestContext } from '../http/request-context.ts'
import { endingSessions, endSessionsOf } from '../sessions/end-sessions-store.ts'

/** The account that a link has opened, and the sessions of whoever used it before with an address they never proved. */
export type Opened = { readonly userId: string; readonly endedSessions: readonly string[] }

// One statement, so that it takes as long as telling the owner of an address that is taken. It drops no older registration
// of the address: that one may be the owner's, and this one a stranger's.
const insertRegistration = {
  name: 'insert-registration',
  text: `WITH proof AS (
    INSERT INTO one_time_tokens (id, purpose, hash, email, email_key, name, password_hash, expires_at)
    VALUES ($1, 'registration', $2, $3, $4, $5, $6, statement_timestamp() + $7 * interval '1 second')
  ), letter AS (
    INSERT INTO mails (id, kind, sealed) VALUES ($8, $9, $10)
  ) INSERT INTO audit_events (type, subject_id, detail, ${auditContextColumns})
    VALUES ('email_verification_requested', (SELECT id FROM users WHERE email_key = $4), '{"registration": true}',
      ${auditContextValues('$11')})`,
}

const selectRegistration = `SELECT FROM one_time_tokens WHERE hash = $1 AND purpose = 'registration'`

export function createRegistrationStore({ prisma, pool }: Database) {
  return {
    /** Keeps a registration until its link is opened, and posts the letter with the link. */
    async insert(account: NewAccount, proof: Proof, context: RequestContext): Promise<void> {
      const { email, emailKey, name, passwordHash } = account
      const { hash, lifeSeconds, letter } = proof
      const values = [
        uuid7(),
        hash,
        email,
        emailKey,
        name,
        passwordHash,
        lifeSeconds,
        uuid7(),
        letter.kind,
        letter.sealed,
      ]
      await pool.query({ ...insertRegistration, values: [...values, contextParameter(context)] })
    },

    /** Whether there is a registration of this link, expired or not. */
    exists: async (hash: Buffer): Promise<boolean> => (await pool.query(selectRegistration, [hash])).rowCount === 1,

    /**
     * Makes the account of this link's registration, and drops all other links of the address. An account whose address was
     * not proven when the registration was made is taken over: its password and name go, and its sessions end. Ends in
     * `email_taken` for any other account of the address, in `invalid_one_time_token` where the link was used, is too old, or
     * another of the address was opened first: then nothing has changed.
     */
    open: (hash: Buffer, context: RequestContext): Promise<Opened> =>
      prisma.$transaction(async (tx) => {
        const newId = uuid7()
        // The unique index decides between two at once: the later waits here, and then finds a proven address.
        const [account] = await tx.$queryRaw<{ id: string; key: string }[]>`
          INSERT INTO users AS u (id, email, email_key, name, password_hash, email_verified_at)
          SELECT ${newId}::uuid, r.email, r.email_key, r.name, r.password_hash, statement_timestamp()
          FROM one_time_tokens r
          WHERE r.hash = ${hash} AND r.purpose = 'registration' AND r.expires_at > statement_timestamp()
          ON CONFLICT (email_key) DO UPDATE SET email = excluded.email, name = excluded.name,
            password_hash = excluded.password_hash, email_verified_at = excluded.email_verified_at,
            updated_at = statement_timestamp()
          WHERE u.email_verified_at IS NULL AND u.disabled_at IS NULL
            AND u.created_at < (SELECT created_at FROM one_time_tokens WHERE hash = ${hash})
          RETURNING u.id, u.email_key AS key`
        if (!account) {
          // A statement of its own, as those below: it sees what was committed while the one above waited.
          const left = await tx.$queryRaw<unknown[]>`
            SELECT 1 FROM one_time_tokens WHERE hash = ${hash} AND expires_at > statement_timestamp()`
          throw new AppError(left.length === 0 ? 'invalid_one_time_token' : 'email_taken')
        }
        const { id, key } = account
        const who = { actorId: id, subjectId: id, context }
        const dropped = await tx.$queryRaw<{ hash: Uint8Array }[]>`
          DELETE FROM one_time_tokens WHERE email_key = ${key} OR user_id = ${id}::uuid RETURNING hash`
        // Somebody used it up since: the account may have come and gone.
        if (!dropped.some((link) => hash.equals(link.hash))) throw new AppError('invalid_one_time_token')
        if (id === newId) await recordAudit(tx, { type: 'account_registered', ...who })
        await recordAudit(tx, { type: 'email_verified', ...who })
        if (id === newId) return { userId: id, endedSessions: [] }
        const endedSessions = await endSessionsOf(tx, { userId: id, reason: 'password_reset' })
        const detail = { sessions_ended: endedSessions.length }
        await recordAudit(tx, { type: 'password_reset', ...who, detail })
        return { userId: id, endedSessions }
      }, endingSessions),
  }
}

export type RegistrationStore = ReturnType<typeof createRegistrationStore>
