/**
 * What proves addresses, in Postgres. Each of these is one statement: the token, the letter, the event and the change are
 * there together or not at all, and a statement takes as long for an address that nobody has.
 */

import { passwordOf } from '../accounts/account-store.ts'
import { auditContextColumns, auditContextValues, contextParameter } from '../audit/audit-store.ts'
import type { Database } from '../database/client.ts'
import { errorCode } from '../database/error-code.ts'
import { uuid7 } from '../database/uuid7.ts'
import type { RequestContext } from '../http/request-context.ts'
import type { SealedMail } from '../mail/outbox.ts'
import { isLive } from '../sessions/session-store.ts'
import type { Proof } from './proof.ts'

/** Whose link it is, and what it would do. */
export type FoundProof = {
  readonly purpose: 'email_verification' | 'email_change'
  readonly userId: string
  /** The address that it proves. */
  readonly address: string
  /** The person's address as of now. */
  readonly current: string
}

// Somebody may ask again and again: the latest few links work, so that asking does not take away the one just sent.
const linksKept = 5

const dropOldLinks = `DELETE FROM one_time_tokens o USING u
  WHERE o.user_id = u.id AND o.purpose = 'email_verification' AND o.id NOT IN (
    SELECT k.id FROM one_time_tokens k WHERE k.user_id = u.id AND k.purpose = 'email_verification'
      AND k.expires_at > statement_timestamp() ORDER BY k.created_at DESC, k.id DESC LIMIT ${linksKept - 1})`

// $1 person, $2 their address, $3 token id, $4 hash, $5 life, $6 mail id, $7 kind, $8 letter, $9 context.
const askVerification = {
  name: 'ask-email-verification',
  text: `WITH u AS (
    SELECT id, email FROM users WHERE id = $1 AND email = $2 AND email_verified_at IS NULL AND disabled_at IS NULL
    FOR SHARE
  ), dropped AS (${dropOldLinks}), proof AS (
    INSERT INTO one_time_tokens (id, user_id, purpose, hash, email, expires_at)
    SELECT $3, id, 'email_verification', $4, email, statement_timestamp() + $5 * interval '1 second' FROM u
  ), letter AS (
    INSERT INTO mails (id, kind, user_id, sealed) SELECT $6, $7, id, $8 FROM u
  ) INSERT INTO audit_events (type, subject_id, ${auditContextColumns})
    VALUES ('email_verification_requested', (SELECT id FROM u), ${auditContextValues('$9')})`,
}

// Of $1 person, $2 their session, which must go on. The person's row first: a password reset takes the two in this order too.
// Whoever has waited for either looks at both again, as they are by then.
const liveAsker = `SELECT u.id, u.password_hash, s.id AS session_id FROM users u JOIN sessions s ON s.user_id = u.id
    WHERE u.id = $1 AND u.disabled_at IS NULL AND s.id = $2 AND ${isLive} FOR SHARE OF u, s`
const changeRequested = `INSERT INTO audit_events (type, actor_id, subject_id, session_id, ${auditContextColumns})
    SELECT 'email_change_requested', id, id, session_id`

// $1 and $2 as above, $3 to $9 as further above, $10 the address. Whoever has it: the latest link only works, and one is stored.
// Were it otherwise for an address that is taken, the asker would find out by trying an earlier link, or in their export.
const stored = `asker AS (
    ${liveAsker}
  ), dropped AS (
    DELETE FROM one_time_tokens o USING asker WHERE o.user_id = asker.id AND o.purpose = 'email_change'
  ), proof AS (
    INSERT INTO one_time_tokens (id, user_id, purpose, hash, email, bound_to, expires_at)
    SELECT $3, id, 'email_change', $4, $10, ${passwordOf('asker')}, statement_timestamp() + $5 * interval '1 second'
    FROM asker
  )`

const askChange = {
  name: 'ask-email-change',
  text: `WITH ${stored}, letter AS (
    INSERT INTO mails (id, kind, user_id, sealed) SELECT $6, $7, id, $8 FROM asker
  ) ${changeRequested}, ${auditContextValues('$9')} FROM asker`,
}

// As above; the letter goes to $11 whose address $12 is, and with it no link.
const tellOwnerOfChange = {
  name: 'tell-owner-of-email-change',
  text: `WITH ${stored}, owner AS (
    SELECT id FROM users WHERE id = $11 AND email = $12 AND EXISTS (SELECT FROM asker) FOR SHARE
  ), letter AS (
    INSERT INTO mails (id, kind, user_id, sealed) SELECT $6, $7, id, $8 FROM owner
  ) ${changeRequested}, ${auditContextValues('$9')} FROM asker`,
}

// $1 whose address it is, $2 the address, $3 mail id, $4 kind, $5 letter, $6 context.
const tellOwner = {
  name: 'tell-email-owner',
  text: `WITH u AS (SELECT id FROM users WHERE id = $1 AND email = $2 FOR SHARE), letter AS (
    INSERT INTO mails (id, kind, user_id, sealed) SELECT $3, $4, id, $5 FROM u
  ) INSERT INTO audit_events (type, subject_id, ${auditContextColumns})
    VALUES ('registration_repeated', (SELECT id FROM u), ${auditContextValues('$6')})`,
}

const selectProof = `SELECT o.purpose, o.user_id AS "userId", o.email AS address, u.email AS current
  FROM one_time_tokens o JOIN users u ON u.id = o.user_id
  WHERE o.hash = $1 AND o.purpose IN ('email_verification', 'email_change')`

// The person's row first, as whatever else takes links back does: in the other order two would wait for each other. Of many at
// once, one deletes the link; the others wait for it, and find none.
const takeProof = (purpose: string, lock: 'UPDATE' | 'NO KEY UPDATE') => `owner AS MATERIALIZED (
    SELECT id FROM users WHERE id = (SELECT user_id FROM one_time_tokens WHERE hash = $1 AND purpose = '${purpose}')
    FOR ${lock}
  ), proof AS (
    DELETE FROM one_time_tokens o USING owner WHERE o.user_id = owner.id AND o.hash = $1 AND o.purpose = '${purpose}'
    RETURNING o.user_id, o.email, o.bound_to, o.expires_at
  )`

// What the link was sent to must still be the person's address.
const verifyAddress = {
  name: 'verify-email',
  text: `WITH ${takeProof('email_verification', 'NO KEY UPDATE')}, u AS (
    UPDATE users u SET email_verified_at = coalesce(u.email_verified_at, statement_timestamp()),
      updated_at = statement_timestamp()
    FROM proof p WHERE u.id = p.user_id AND u.email = p.email AND u.disabled_at IS NULL
      AND p.expires_at > statement_timestamp() RETURNING u.id
  ), audited AS (
    INSERT INTO audit_events (type, actor_id, subject_id, ${auditContextColumns})
    SELECT 'email_verified', id, id, ${auditContextValues('$2')} FROM u
  ) SELECT FROM u`,
}

// Whatever else was sent to the old address goes with it: whoever reads that mailbox next may be somebody else.
const changeAddress = {
  name: 'change-email',
  text: `WITH ${takeProof('email_change', 'UPDATE')}, u AS (
    UPDATE users u SET email = p.email, email_key = $3, email_verified_at = statement_timestamp(),
      updated_at = statement_timestamp()
    FROM proof p WHERE u.id = p.user_id AND u.email = $4 AND u.disabled_at IS NULL
      AND p.bound_to = ${passwordOf('u')} AND p.expires_at > statement_timestamp() RETURNING u.id
  ), dropped AS (
    DELETE FROM one_time_tokens o USING u WHERE o.user_id = u.id AND o.hash <> $1
  ), letter AS (
    INSERT INTO mails (id, kind, user_id, sealed) SELECT $5, $6, id, $7 FROM u
  ), audited AS (
    INSERT INTO audit_events (type, actor_id, subject_id, ${auditContextColumns})
    SELECT 'email_changed', id, id, ${auditContextValues('$2')} FROM u
  ) SELECT FROM u`,
}

type Person = { readonly id: string; readonly email: string }
/** Who asks for another address, and in which session. */
export type Asker = { readonly userId: string; readonly sessionId: string }

export function createEmailAddressStore({ pool }: Pick<Database, 'pool'>) {
  const proofValues = ({ hash, lifeSeconds, letter }: Proof, context: RequestContext) => {
    return [uuid7(), hash, lifeSeconds, ...letterValues(letter, context)]
  }
  const letterValues = ({ kind, sealed }: SealedMail, context: RequestContext) => {
    return [uuid7(), kind, sealed, contextParameter(context)]
  }

  return {
    /** Posts a link that proves the person's address, where it is theirs and not proven; else only the event is kept. */
    async askVerification(person: Person, proof: Proof, context: RequestContext): Promise<void> {
      await pool.query({ ...askVerification, values: [person.id, person.email, ...proofValues(proof, context)] })
    },

    /** Posts a link to the new address. False where the session does not go on: then nothing is written. */
    async askChange(asker: Asker, address: string, proof: Proof, context: RequestContext): Promise<boolean> {
      const values = [asker.userId, asker.sessionId, ...proofValues(proof, context), address]
      return (await pool.query({ ...askChange, values })).rowCount === 1
    },

    /** The same where somebody else has it: posts a letter to them, where it is still theirs. Nobody has the link. */
    async tellOwnerOfChange(
      asker: Asker,
      address: string,
      owner: Person,
      proof: Proof,
      context: RequestContext,
    ): Promise<boolean> {
      const values = [asker.userId, asker.sessionId, ...proofValues(proof, context), address, owner.id, owner.email]
      return (await pool.query({ ...tellOwnerOfChange, values })).rowCount === 1
    },

    /** Posts a letter to the owner of an address that somebody wants to open an account with, where it is still theirs. */
    async tellOwner(owner: Person, letter: SealedMail, context: RequestContext): Promise<void> {
      await pool.query({ ...tellOwner, values: [owner.id, owner.email, ...letterValues(letter, context)] })
    },

    /** What a link would do; undefined where there is no such link, or not any more. */
    async findProof(hash: Buffer): Promise<FoundProof | undefined> {
      return (await pool.query<FoundProof>(selectProof, [hash])).rows[0]
    },

    /** Whether the link was good: it is used up either way. */
    async verify(hash: Buffer, context: RequestContext): Promise<boolean> {
      return (await pool.query({ ...verifyAddress, values: [hash, contextParameter(context)] })).rowCount === 1
    },

    /** The same for a change of address. `taken`: somebody else has the address by now, and nothing has changed. */
    async change(
      hash: Buffer,
      { from, toKey, letter }: { from: string; toKey: string; letter: SealedMail },
      context: RequestContext,
    ): Promise<'changed' | 'invalid' | 'taken'> {
      const values = [hash, contextParameter(context), toKey, from, uuid7(), letter.kind, letter.sealed]
      try {
        return (await pool.query({ ...changeAddress, values })).rowCount === 1 ? 'changed' : 'invalid'
      } catch (error) {
        // unique_violation: the index decides between two at once.
        if (errorCode(error) === '23505') return 'taken'
        throw error
      }
    },
  }
}

export type EmailAddressStore = ReturnType<typeof createEmailAddressStore>
