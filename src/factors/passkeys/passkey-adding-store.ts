/** Adds a passkey to an account, in one transaction with everything that belongs to it. */
import type { Account } from '../../accounts/account-store.ts'
import type { Database } from '../../database/client.ts'
import type { Factor, Prisma } from '../../database/generated/client.ts'
import { execute, queryRows } from '../../database/in-transaction.ts'
import { sql } from '../../database/sql.ts'
import { uuid7 } from '../../database/uuid7.ts'
import { AppError } from '../../errors.ts'
import { type FactorChange, finishAdding, lockHolder } from '../factor-change-store.ts'
import type { Challenge } from './challenge.ts'
import type { NewPasskey } from './passkey.ts'
import { spendChallenge } from './passkey-store.ts'

type Tx = Prisma.TransactionClient

type PasskeyToAdd = {
  readonly passkey: NewPasskey
  readonly challenge: Challenge
  readonly name: string
  /** The hashes of the recovery codes that the user gets with a first factor. */
  readonly hashes: readonly Buffer[]
  readonly change: FactorChange
}

/** `account` is as the new passkey made it. */
type Added = { readonly factor: Factor; readonly account: Account; readonly gotCodes: boolean }

export type PasskeyAddingStore = {
  /** Ends in `invalid_challenge` if the challenge was used, in `passkey_exists` or `too_many_passkeys`, or as `lockHolder` says. */
  readonly add: (wanted: PasskeyToAdd) => Promise<Added>
}

/** The most passkeys of a user. */
export const mostPasskeys = 20

/** The new factor. Ends in `passkey_exists`. */
export async function insertPasskey(
  tx: Tx,
  { userId, passkey, name }: { readonly userId: string; readonly passkey: NewPasskey; readonly name: string },
): Promise<Factor> {
  const id = uuid7()
  const inserted = await execute(
    tx,
    sql`INSERT INTO factors (id, user_id, kind, name, confirmed_at, credential_id, public_key, counter, transports, synced, aaguid)
      VALUES (${id}::uuid, ${userId}::uuid, 'passkey', ${name}, statement_timestamp(),
        ${Buffer.from(passkey.credentialId)}::bytea, ${Buffer.from(passkey.publicKey)}::bytea, ${passkey.counter}::bigint,
        ${[...passkey.transports]}::text[], ${passkey.synced}, ${passkey.aaguid ?? null}::uuid)
      ON CONFLICT (credential_id) DO NOTHING`,
  )
  if (inserted === 0) throw new AppError('passkey_exists')
  return tx.factor.findUniqueOrThrow({ where: { id } })
}

export function createPasskeyAddingStore({ prisma }: Pick<Database, 'prisma'>): PasskeyAddingStore {
  return {
    add: ({ passkey, challenge, name, hashes, change }) =>
      prisma.$transaction(async (tx) => {
        const { userId } = change.by
        const before = await lockHolder(tx, change.by)
        const spent = await queryRows(tx, spendChallenge(challenge)(sql`true`))
        if (spent.length === 0) throw new AppError('invalid_challenge')
        const count = await tx.factor.count({ where: { userId, kind: 'passkey' } })
        if (count >= mostPasskeys) throw new AppError('too_many_passkeys')
        const factor = await insertPasskey(tx, { userId, passkey, name })
        return { factor, ...(await finishAdding(tx, change, { before, kind: 'passkey', hashes })) }
      }),
  }
}
