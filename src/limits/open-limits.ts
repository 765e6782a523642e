/** Where attempts are counted: in Redis where there is one, and in Postgres otherwise, or while Redis does not answer. */
import type { Database } from '../database/client.ts'
import type { LimitStore } from './budgets.ts'
import { withFallback } from './fallback.ts'
import { createLimitStore } from './limit-store.ts'

type Dependencies = {
  redisUrl: string | undefined
  database: Pick<Database, 'pool'>
  log: { info: (message: string) => void; warn: (line: object, message: string) => void }
}

/** The store, and what closes it. Redis need not be there yet. */
export async function openLimitStore({ redisUrl, database, log }: Dependencies) {
  const inPostgres = createLimitStore(database)
  if (redisUrl === undefined) return { store: inPostgres, close: (): void => {} }
  // Its client is loaded by those who use it.
  const { openRedisLimitStore } = await import('./redis-limit-store.ts')
  const redis = openRedisLimitStore(redisUrl)
  const store: LimitStore = withFallback(redis.store, inPostgres, {
    onFailure: (err) => log.warn({ err }, 'Redis does not answer: attempts are counted in Postgres'),
    onRecovery: () => log.info('Redis answers again: attempts are counted there'),
  })
  return { store, close: redis.close }
}
