/** SQL about the row of a user, for larger statements. The row is named `u` where nothing else is said. */
import { randomUUID } from 'node:crypto'
import { type Fragment, sql } from '../database/sql.ts'

/** The columns that tokens and answers need, with the names of `ShownAccount`. None of them is secret. */
export const shownColumns = sql`u.id, u.email, u.email_verified_at AS "emailVerifiedAt", u.name, u.roles,
  u.token_version AS "tokenVersion", u.created_at AS "createdAt", u.updated_at AS "updatedAt"`

/** All columns of an account. */
export const accountColumns = sql`${shownColumns}, u.email_key AS "emailKey", u.password_hash AS "passwordHash",
  u.password_renewals AS "passwordRenewals", u.credential_version AS "credentialVersion",
  u.factor_kinds AS "factorKinds", u.disabled_at AS "disabledAt"`

/**
 * The row of a user whose credentials were checked, locked against changes of them. No row if they changed since, or the user was disabled.
 * FOR SHARE, because a password change and a disabling lock the same row: the later of two transactions sees the earlier one.
 */
export const checkedUser = (id: unknown, credentialVersion: unknown): Fragment => sql`SELECT * FROM users
    WHERE id = ${id} AND credential_version = ${credentialVersion} AND disabled_at IS NULL FOR SHARE`

/** The value that binds a one-time token (its `bound_to`) to the password hash of a row. */
export const boundToPasswordOf = (row: Fragment): Fragment =>
  sql`sha256(convert_to(coalesce(${row}.password_hash, ''), 'UTF8'))`

/** Stores a token that sets a new password. The user is the row of `u`, if there is one. */
export const insertResetToken = ({ hash, lifeSeconds }: { hash: Buffer; lifeSeconds: number }): Fragment =>
  sql`INSERT INTO one_time_tokens (id, user_id, purpose, hash, email, bound_to, created_at, expires_at)
    SELECT ${randomUUID()}::uuid, u.id, 'password_reset', ${hash}, u.email, ${boundToPasswordOf(sql`u`)},
      statement_timestamp(), statement_timestamp() + ${lifeSeconds} * interval '1 second' FROM u`
