/** Opens the store of attempts: Redis if it is configured, otherwise Postgres. Postgres also counts while Redis does not answer. */
import type { Database } from '../database/client.ts'
import type { LimitStore } from './budgets.ts'
import { withFallback } from './fallback.ts'
import { createLimitStore } from './limit-store.ts'

type Dependencies = {
  redisUrl: string | undefined
  database: Pick<Database, 'pool'>
  log: { info: (message: string) => void; warn: (line: object, message: string) => void }
}

/** The store, and the function that closes it. Redis need not be reachable yet. */
export async function openLimitStore(dependencies: Dependencies): Promise<{ store: LimitStore; close: () => void }> {
  const { redisUrl, database, log } = dependencies
  const inPostgres = createLimitStore(database)
  if (redisUrl === undefined) return { store: inPostgres, close: (): void => {} }
  // The client is loaded only if Redis is configured.
  const { openRedisLimitStore } = await import('./redis-limit-store.ts')
  const redis = openRedisLimitStore(redisUrl)
  const store: LimitStore = withFallback(redis.store, inPostgres, {
    onFailure: (err) => log.warn({ err }, 'Redis does not answer: attempts are counted in Postgres'),
    onRecovery: () => log.info('Redis answers again: attempts are counted there'),
  })
  return { store, close: redis.close }
}
