/** Signing keys in Postgres. */
import type { JsonWebKey } from 'node:crypto'
import type { Database } from '../database/client.ts'
import type { Prisma } from '../database/generated/client.ts'
import type { SigningAlg } from '../tokens/access-token.ts'

export type StoredKey = {
  readonly kid: string
  readonly alg: SigningAlg
  readonly publicJwk: JsonWebKey & { kid: string; alg: string; use: string }
  readonly sealedPrivateJwk: string
}

// An arbitrary number that only this module locks on.
const advisoryLock = 7_203_114

export function createKeyStore({ prisma }: Database) {
  return {
    /**
     * Every stored key, newest first. Where there is none, the one `make` returns is inserted first; of nodes that
     * come at once, one makes it and the others wait for it.
     */
    loadOrInsert: (make: () => Promise<StoredKey>): Promise<readonly StoredKey[]> =>
      prisma.$transaction(async (tx) => {
        await tx.$executeRaw`SELECT pg_advisory_xact_lock(${advisoryLock})`
        if ((await tx.signingKey.count()) === 0) {
          const { publicJwk, ...key } = await make()
          await tx.signingKey.create({ data: { ...key, publicJwk: publicJwk as Prisma.InputJsonObject } })
        }
        const rows = await tx.signingKey.findMany({ orderBy: [{ createdAt: 'desc' }, { kid: 'asc' }] })
        return rows as unknown as StoredKey[] // alg and publicJwk hold what `make` returned
      }),
  }
}

export type KeyStore = ReturnType<typeof createKeyStore>
