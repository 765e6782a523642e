/** Takes the account that is to be changed, and sees to it that who changes it may still do so. */
import { adminRole, lockAccount } from '../accounts/last-admin-store.ts'
import { Prisma, type User } from '../database/generated/client.ts'
import { AppError } from '../errors.ts'
import { isLive } from '../sessions/session-store.ts'
import type { Actor } from './actor.ts'

type Tx = Prisma.TransactionClient

// SHARE: what one administrator changes at once need not wait for each other, but whoever demotes or disables them does.
async function lockActor(tx: Tx, { userId }: Actor): Promise<void> {
  await tx.$executeRaw`SELECT 1 FROM users WHERE id = ${userId}::uuid FOR SHARE`
}

/**
 * The account, locked until the transaction ends; null where there is none. Ends in `invalid_token` where the actor has been
 * demoted, disabled or signed out since the request was let in. Without an actor, an operator asks. Accounts are
 * locked in the order of their ids: of two who demote each other, the later sees what the first did, and neither waits for
 * ever.
 */
export async function lockForActor(tx: Tx, userId: string, actor: Actor | undefined): Promise<User | null> {
  const id = userId.toLowerCase()
  const actorFirst = actor && actor.userId < id
  if (actorFirst) await lockActor(tx, actor)
  const user = await lockAccount(tx, id)
  if (actor && !actorFirst && actor.userId !== id) await lockActor(tx, actor)
  if (actor) await requireStanding(tx, actor)
  return user
}

// One statement, behind the locks: it sees what those left who had them before. A change of roles raises the version; both are
// asked, because either alone is a reason. Whoever signs the session out from another device a moment later has come later.
async function requireStanding(tx: Tx, { userId, sessionId, tokenVersion }: Actor): Promise<void> {
  const standing = await tx.$queryRaw<unknown[]>`SELECT 1 FROM users u JOIN sessions s ON s.user_id = u.id
    WHERE u.id = ${userId}::uuid AND u.token_version = ${tokenVersion} AND u.disabled_at IS NULL
      AND ${adminRole} = ANY(u.roles) AND s.id = ${sessionId}::uuid AND ${Prisma.raw(isLive)}`
  if (standing.length === 0) throw new AppError('invalid_token')
}
