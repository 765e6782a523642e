/** Passkeys in Postgres: found, and used in the statement that a sign-in leads to. passkey-adding-store.ts adds them. */
import type { Account } from '../../accounts/account-store.ts'
import { accountColumns } from '../../accounts/user-sql.ts'
import type { Database } from '../../database/client.ts'
import { type Fragment, type Params, sql, statement } from '../../database/sql.ts'
import type { Consumption } from '../../sessions/spent-proof-sql.ts'
import type { Challenge } from './challenge.ts'
import type { Passkey } from './passkey.ts'

export type FoundPasskey = {
  readonly passkey: Passkey
  readonly account: Account
  /** Whether the challenge was used before. */
  readonly spent: boolean
}

export type PasskeyStore = {
  /** The passkey with this credential id and its user, or undefined. */
  readonly find: (credentialId: Buffer, challenge: Challenge) => Promise<FoundPasskey | undefined>
  /** The passkeys of a user, the oldest first. */
  readonly listOf: (userId: string) => Promise<readonly Passkey[]>
}

const passkeyColumns = sql`f.id AS "factorId", f.user_id AS "userId", f.credential_id AS "credentialId",
  f.public_key AS "publicKey", f.counter::float8 AS counter, f.transports, f.synced`
type PasskeyRow = Omit<Passkey, 'id'> & { readonly factorId: string }

const toPasskey = ({ factorId: id, userId, credentialId, publicKey, counter, transports, synced }: PasskeyRow) => ({
  id,
  userId,
  credentialId,
  publicKey,
  counter,
  transports,
  synced,
})

const selectPasskey = statement(
  'select-passkey',
  (p: Params<{ credentialId: Buffer; challenge: Buffer }>) => sql`SELECT ${accountColumns}, ${passkeyColumns},
      EXISTS (SELECT FROM spent_challenges WHERE hash = ${p.challenge}) AS spent
    FROM factors f JOIN users u ON u.id = f.user_id WHERE f.credential_id = ${p.credentialId}`,
)

const selectPasskeysOf = statement(
  'select-passkeys-of',
  (p: Params<{ userId: string }>) => sql`SELECT ${passkeyColumns} FROM factors f
    WHERE f.user_id = ${p.userId} AND f.kind = 'passkey' ORDER BY f.created_at, f.id`,
)

/** Marks the challenge as used. Of several requests with one challenge, the first gets a row. */
export const spendChallenge =
  ({ hash, forgottenAt }: Challenge): Consumption =>
  (when) =>
    sql`INSERT INTO spent_challenges (hash, expires_at) SELECT ${hash}::bytea, ${forgottenAt}::timestamptz WHERE ${when}
      ON CONFLICT (hash) DO NOTHING RETURNING 1 AS one`

/** Stores the use of a passkey, if `when` holds. The counter never falls, so that a copy of the passkey is noticed each time. */
export const recordUse =
  ({ id, counter }: { id: string; counter: number }) =>
  (when: Fragment): Fragment =>
    sql`used AS (
      UPDATE factors SET counter = greatest(counter, ${counter}::bigint), last_used_at = statement_timestamp()
      WHERE id = ${id}::uuid AND ${when})`

export function createPasskeyStore({ pool }: Pick<Database, 'pool'>): PasskeyStore {
  return {
    async find(credentialId, { hash: challenge }) {
      const query = selectPasskey({ credentialId, challenge })
      const { rows } = await pool.query<Account & PasskeyRow & { spent: boolean }>(query)
      if (!rows[0]) return undefined
      const { factorId, userId, credentialId: id, publicKey, counter, transports, synced, spent, ...account } = rows[0]
      const row = { factorId, userId, credentialId: id, publicKey, counter, transports, synced }
      return { passkey: toPasskey(row), account, spent }
    },

    listOf: async (userId) => (await pool.query<PasskeyRow>(selectPasskeysOf({ userId }))).rows.map(toPasskey),
  }
}
