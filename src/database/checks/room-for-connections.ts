/** Warns of a Postgres that allows fewer connections than this process may open. */
import type { Address } from '../address.ts'
import type { Facts } from './session-facts.ts'

/** A process has these beside its pool: one to follow revocations, and one to clean. */
export const beyondPool = 2

/** A sentence if there is no room for this process. A pooler has room of its own, so nothing is said behind one. */
export function roomForConnections(
  { free }: Pick<Facts, 'free'>,
  { poolSize, isPooled }: Pick<Address, 'poolSize' | 'isPooled'>,
): string[] {
  const needed = poolSize + beyondPool
  if (isPooled || needed <= free) return []
  return [
    `This process may open ${needed} connections, and Postgres has room for ${Math.max(0, free)} more. Requests will fail under load. ` +
      'Lower DATABASE_POOL_SIZE, or raise max_connections.',
  ]
}
