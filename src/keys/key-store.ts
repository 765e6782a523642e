/** Signing keys, and the nodes that use them, in Postgres. */
import type { JsonWebKey } from 'node:crypto'
import type { AuditEvent } from '../audit/audit-event.ts'
import { recordAudit } from '../audit/audit-store.ts'
import { advisoryLocks } from '../database/advisory-locks.ts'
import type { Database } from '../database/client.ts'
import type { Prisma } from '../database/generated/client.ts'
import type { SigningAlg } from '../tokens/access-token.ts'
import type { KeyTimes } from './key-lifecycle.ts'

export type StoredKey = KeyTimes & {
  readonly alg: SigningAlg
  readonly publicJwk: JsonWebKey & { kid: string; alg: string; use: string }
  readonly sealedPrivateJwk: string
}
/** Every stored key, and the database's time of the look, in milliseconds since 1970. */
export type StoredKeys = { readonly now: number; readonly keys: readonly StoredKey[] }

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

const changesOf = (tx: Prisma.TransactionClient) => ({
  read: () => read(tx),

  async insert({ publicJwk, publishedAt, signsFrom, ...key }: Omit<StoredKey, 'revokedAt'>): Promise<void> {
    const times = { createdAt: new Date(publishedAt), signsFrom: new Date(signsFrom) }
    await tx.signingKey.create({ data: { ...key, ...times, publicJwk: publicJwk as Prisma.InputJsonObject } })
  },

  move: async (kid: string, signsFrom: number) =>
    void (await tx.signingKey.update({ where: { kid }, data: { signsFrom: new Date(signsFrom) } })),

  revoke: async (kid: string, at: number) =>
    void (await tx.signingKey.update({ where: { kid }, data: { revokedAt: new Date(at) } })),

  remove: async (kid: string) => void (await tx.signingKey.delete({ where: { kid } })),

  reseal: async (kid: string, sealedPrivateJwk: string) =>
    void (await tx.signingKey.update({ where: { kid }, data: { sealedPrivateJwk } })),

  /** From now on tokens of every key may live this long. */
  raiseTokenSeconds: async (tokenSeconds: number) =>
    void (await tx.signingKey.updateMany({ where: { tokenSeconds: { lt: tokenSeconds } }, data: { tokenSeconds } })),

  /** What an operator did; nobody is logged in at a command line. */
  record: (event: AuditEvent): Promise<void> => recordAudit(tx, event),

  /** What each live node calls its secrets, newest first. */
  async liveNodes(): Promise<readonly (readonly string[])[]> {
    const rows = await tx.$queryRaw<{ secretIds: string[] }[]>`SELECT secret_ids AS "secretIds" FROM nodes
      WHERE seen_at > clock_timestamp() - ${nodeIsLiveSeconds} * interval '1 second'`
    return rows.map((row) => row.secretIds)
  },
})

export type KeyChanges = ReturnType<typeof changesOf>

export function createKeyStore({ prisma }: Database) {
  return {
    read: () => read(prisma),

    /** Does something that one node at a time may do, in one transaction. */
    change: <T>(work: (changes: KeyChanges) => Promise<T>): Promise<T> =>
      prisma.$transaction(async (tx) => {
        await tx.$executeRaw`SELECT pg_advisory_xact_lock(${advisoryLocks.signingKeys})`
        return work(changesOf(tx))
      }),

    /** Says that this node is there, and what it calls its secrets. */
    async beat(nodeId: string, secretIds: readonly string[]): Promise<void> {
      await prisma.$executeRaw`
        WITH forgotten AS (
          DELETE FROM nodes WHERE seen_at < clock_timestamp() - ${nodeIsForgottenSeconds} * interval '1 second')
        INSERT INTO nodes (id, secret_ids) VALUES (${nodeId}::uuid, ${secretIds})
        ON CONFLICT (id) DO UPDATE SET secret_ids = excluded.secret_ids, seen_at = clock_timestamp()`
    },

    /** Says that this node is no more. */
    leave: async (nodeId: string): Promise<void> => void (await prisma.node.deleteMany({ where: { id: nodeId } })),
  }
}

export type KeyStore = ReturnType<typeof createKeyStore>
