/** Adds a passkey to an account, in one transaction with everything that belongs to it. */
import { type Account } from '../../accounts/account-store.ts'
import { lockAccount } from '../../accounts/last-admin-store.ts'
import { recordAudit } from '../../audit/audit-store.ts'
import type { Database } from '../../database/client.ts'
import type { Factor, Prisma } from '../../database/generated/client.ts'
import { execute, queryRows } from '../../database/in-transaction.ts'
import { sql } from '../../database/sql.ts'
import { uuid7 } from '../../database/uuid7.ts'
import { AppError } from '../../errors.ts'
import type { RequestContext } from '../../http/request-context.ts'
import { postMail } from '../../mail/mail-store.ts'
import type { SealedMail } from '../../mail/outbox.ts'
import { isSessionLive } from '../../sessions/end-sessions-store.ts'
import type { Challenge } from './challenge.ts'
import type { NewPasskey } from './passkey.ts'
import { spendChallenge } from './passkey-store.ts'

type Tx = Prisma.TransactionClient

/** Where the user adds the passkey: in a session, or in a sign-in that may not go on without it. */
export type AddingPlace =
  | { readonly sessionId: string }
  | { readonly attemptId: Buffer; readonly credentialVersion: number }

export type PasskeyToAdd = {
  readonly userId: string
  readonly place: AddingPlace
  readonly passkey: NewPasskey
  /** The method of a proof by it (RFC 8176). */
  readonly method: string
  readonly challenge: Challenge
  readonly name: string
  /** Undefined for a user without an email. */
  readonly mail: SealedMail | undefined
  readonly context: RequestContext
}

/** `account` is as the new passkey made it. `recoveryCodes` are there with the first factor. */
export type AddedPasskey = {
  readonly factor: Factor
  readonly account: Account
  readonly recoveryCodes: readonly string[] | undefined
}

/** Makes the recovery codes of a user who gets a first factor. Undefined if the user has some already. */
export type FirstRecoveryCodes = (tx: Tx, userId: string) => Promise<readonly string[] | undefined>

export type PasskeyAddingStore = {
  /**
   * Ends in `invalid_challenge` if the challenge was used, in `passkey_exists` or `too_many_passkeys`, and in `token_revoked` or
   * `attempt_ended` if the session or the attempt is over, or the account changed since it began.
   */
  readonly add: (wanted: PasskeyToAdd) => Promise<AddedPasskey>
}

/** The most passkeys of a user. */
export const mostPasskeys = 20

/** The account, locked, if the place is still there. */
async function openPlace(tx: Tx, { userId, place }: PasskeyToAdd): Promise<Account> {
  const account = await lockAccount(tx, userId)
  if ('sessionId' in place) {
    const isLive = account?.disabledAt === null && (await isSessionLive(tx, { userId, sessionId: place.sessionId }))
    if (!account || !isLive) throw new AppError('token_revoked')
    return account
  }
  const [attempt] = await queryRows(
    tx,
    sql`SELECT 1 FROM signin_attempts WHERE id = ${place.attemptId} AND expires_at > statement_timestamp() FOR UPDATE`,
  )
  // A factor that was added meanwhile must be proven. A sign-in without it may add no other.
  const isSame = account?.disabledAt === null && account.credentialVersion === place.credentialVersion
  if (!account || !attempt || !isSame) throw new AppError('attempt_ended')
  return account
}

/** The session or the attempt goes on with the passkey: its user has just used it. */
async function goOn(tx: Tx, { place, method }: PasskeyToAdd, { credentialVersion }: Account): Promise<void> {
  if ('sessionId' in place) {
    const proven = [method, 'mfa']
    await execute(
      tx,
      sql`UPDATE sessions SET amr = ARRAY(
        SELECT method FROM unnest(array_remove(amr, 'mfa') || ${proven}::text[]) WITH ORDINALITY AS m (method, at)
        GROUP BY method ORDER BY min(at)) WHERE id = ${place.sessionId}::uuid`,
    )
  } else {
    await execute(
      tx,
      sql`UPDATE signin_attempts SET credential_version = ${credentialVersion} WHERE id = ${place.attemptId}`,
    )
  }
}

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

export function createPasskeyAddingStore(
  { prisma }: Pick<Database, 'prisma'>,
  firstRecoveryCodes: FirstRecoveryCodes,
): PasskeyAddingStore {
  return {
    add: (wanted) =>
      prisma.$transaction(async (tx) => {
        const { userId, passkey, challenge, name, context } = wanted
        const before = await openPlace(tx, wanted)
        const spent = await queryRows(tx, spendChallenge(challenge)(sql`true`))
        if (spent.length === 0) throw new AppError('invalid_challenge')
        const count = await tx.factor.count({ where: { userId, kind: 'passkey' } })
        if (count >= mostPasskeys) throw new AppError('too_many_passkeys')
        const factor = await insertPasskey(tx, { userId, passkey, name })
        const recoveryCodes = before.factorKinds.length === 0 ? await firstRecoveryCodes(tx, userId) : undefined
        const account = await tx.user.findUniqueOrThrow({ where: { id: userId } })
        await goOn(tx, wanted, account)
        const sessionId = 'sessionId' in wanted.place ? wanted.place.sessionId : undefined
        const detail = { kind: 'passkey', factor_id: factor.id, synced: passkey.synced }
        await recordAudit(tx, { type: 'factor_added', actorId: userId, subjectId: userId, sessionId, context, detail })
        if (wanted.mail) await postMail(tx, wanted.mail)
        return { factor, account, recoveryCodes }
      }),
  }
}
