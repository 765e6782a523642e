/** Factors of users, as they stand in the database. */
import { randomBytes, randomUUID } from 'node:crypto'
import type { Node } from './node.ts'

type Db = Pick<Node['database'], 'prisma'>

/** Gives the user a confirmed TOTP factor whose secret nobody knows. Returns its id. */
export async function addTotp({ prisma }: Db, userId: string): Promise<string> {
  const data = { userId, kind: 'totp', name: 'An app', sealedSecret: 'sealed', confirmedAt: new Date() } as const
  return (await prisma.factor.create({ data })).id
}

/** Gives the user a passkey whose private key nobody has. Returns its id. */
export async function addPasskey({ prisma }: Db, userId: string): Promise<string> {
  const key = { credentialId: randomBytes(16), publicKey: randomBytes(77), counter: 0, synced: true }
  const data = {
    userId,
    kind: 'passkey',
    name: 'A phone',
    ...key,
    aaguid: randomUUID(),
    confirmedAt: new Date(),
  } as const
  return (await prisma.factor.create({ data })).id
}
