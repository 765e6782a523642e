/** Signing keys and nodes in Postgres. */
import type { JsonWebKey } from 'node:crypto'
import type { AuditEvent } from '../audit/audit-event.ts'
import { recordAudit } from '../audit/audit-store.ts'
import { advisoryLocks } from '../database/advisory-locks.ts'
import type { Database } from '../database/client.ts'
import type { Prisma } from '../database/generated/client.ts'
import type { SigningAlg } from '../tokens/claims.ts'
import type { KeyTimes } from './key-lifecycle.ts'

export type StoredKey = KeyTimes & {
  readonly alg: SigningAlg
  readonly publicJwk: JsonWebKey & { kid: string; alg: string; use: string }
  readonly sealedPrivateJwk: string
}
/** Every stored key, and the database's time of the read, in milliseconds since 1970. */
export type StoredKeys = { readonly now: number; readonly keys: readonly StoredKey[] }

/** Reads and changes of the keys within one transaction that holds the lock. */
export type KeyChanges = {
  read(): Promise<StoredKeys>
  insert(key: Omit<StoredKey, 'revokedAt'>): Promise<void>
  /** Sets the time at which a key begins to sign, in milliseconds since 1970. */
  move(kid: string, signsFrom: number): Promise<void>
  /** Marks a key as revoked. A trigger writes its revocation. */
  revoke(kid: string, at: number): Promise<void>
  remove(kid: string): Promise<void>
  reseal(kid: string, sealedPrivateJwk: string): Promise<void>
  /** Raises the longest token life of every key to at least this. */
  raiseTokenSeconds(tokenSeconds: number): Promise<void>
  /** Records an operator's command in the audit log. It has no actor, because an operator has no account. */
  record(event: AuditEvent): Promise<void>
  /** The ids of the secrets of each live node, newest first. */
  liveNodes(): Promise<readonly (readonly string[])[]>
}

export type KeyStore = {
  read(): Promise<StoredKeys>
  /** Runs `work` in one transaction that holds the lock on the keys: one node at a time. */
  change<T>(work: (changes: KeyChanges) => Promise<T>): Promise<T>
  /** Records that this node is live, and the ids of its secrets. Removes nodes that were not live for a day. */
  beat(nodeId: string, secretIds: readonly string[]): Promise<void>
  /** Removes this node. */
  leave(nodeId: string): Promise<void>
}

const nodeIsLiveSeconds = 20
const nodeIsForgottenSeconds = 86_400

type Row = Omit<StoredKey, 'publishedAt' | 'signsFrom' | 'revokedAt'> & {
  publishedAt: Date
  signsFrom: Date
  revokedAt: Date | null
  now: Date
}

async function read(client: Pick<Prisma.TransactionClient, '$queryRaw'>): Promise<StoredKeys> {
  const rows = await client.$queryRaw<(Row | { kid: null; now: Date })[]>`
    SELECT k.kid, k.alg, k.public_jwk AS "publicJwk", k.sealed_private_jwk AS "sealedPrivateJwk",
      k.created_at AS "publishedAt", k.signs_from AS "signsFrom", k.revoked_at AS "revokedAt",
      k.token_seconds AS "tokenSeconds", date_trunc('milliseconds', clock_timestamp()) AS now
    FROM (SELECT 1) AS always LEFT JOIN signing_keys k ON true`
  const keys = rows.flatMap((row) => {
    if (row.kid === null) return []
    const { now: _, publishedAt, signsFrom, revokedAt, ...key } = row
    return [{ ...key, publishedAt: +publishedAt, signsFrom: +signsFrom, revokedAt: revokedAt && +revokedAt }]
  })
  return { now: rows[0] ? +rows[0].now : 0, keys }
}

const changesOf = (tx: Prisma.TransactionClient): KeyChanges => ({
  read: () => read(tx),

  async insert({ publicJwk, publishedAt, signsFrom, ...key }) {
    const times = { createdAt: new Date(publishedAt), signsFrom: new Date(signsFrom) }
    await tx.signingKey.create({ data: { ...key, ...times, publicJwk: publicJwk as Prisma.InputJsonObject } })
  },

  move: async (kid, signsFrom) =>
    void (await tx.signingKey.update({ where: { kid }, data: { signsFrom: new Date(signsFrom) } })),

  revoke: async (kid, at) => void (await tx.signingKey.update({ where: { kid }, data: { revokedAt: new Date(at) } })),

  remove: async (kid) => void (await tx.signingKey.delete({ where: { kid } })),

  reseal: async (kid, sealedPrivateJwk) =>
    void (await tx.signingKey.update({ where: { kid }, data: { sealedPrivateJwk } })),

  raiseTokenSeconds: async (tokenSeconds) =>
    void (await tx.signingKey.updateMany({ where: { tokenSeconds: { lt: tokenSeconds } }, data: { tokenSeconds } })),

  record: (event) => recordAudit(tx, event),

  async liveNodes() {
    const rows = await tx.$queryRaw<{ secretIds: string[] }[]>`SELECT secret_ids AS "secretIds" FROM nodes
      WHERE seen_at > clock_timestamp() - ${nodeIsLiveSeconds} * interval '1 second'`
    return rows.map((row) => row.secretIds)
  },
})

export function createKeyStore({ prisma }: Database): KeyStore {
  return {
    read: () => read(prisma),

    change: (work) =>
      prisma.$transaction(async (tx) => {
        await tx.$executeRaw`SELECT pg_advisory_xact_lock(${advisoryLocks.signingKeys})`
        return work(changesOf(tx))
      }),

    async beat(nodeId, secretIds) {
      await prisma.$executeRaw`
        WITH forgotten AS (
          DELETE FROM nodes WHERE seen_at < clock_timestamp() - ${nodeIsForgottenSeconds} * interval '1 second')
        INSERT INTO nodes (id, secret_ids) VALUES (${nodeId}::uuid, ${secretIds})
        ON CONFLICT (id) DO UPDATE SET secret_ids = excluded.secret_ids, seen_at = clock_timestamp()`
    },

    leave: async (nodeId) => void (await prisma.node.deleteMany({ where: { id: nodeId } })),
  }
}
