/** Opens the store of attempts: Redis if it is configured, otherwise Postgres. Postgres also counts while Redis does not answer. */
import { StartError } from '../config/start-error.ts'
import type { Database } from '../database/client.ts'
import type { LimitStore } from './budgets.ts'
import { checkRedis } from './check-redis.ts'
import { withFallback } from './fallback.ts'
import { createLimitStore } from './limit-store.ts'
import { redisTrouble } from './redis-trouble.ts'

type Dependencies = {
  redisUrl: string | undefined
  database: Pick<Database, 'pool'>
  log: { info: (message: string) => void; warn: (line: object, message: string) => void }
}

/**
 * The store, and the function that closes it. Redis need not be reachable yet: the log then says why it is not. Throws a StartError if
 * REDIS_URL is wrong, such as its password, because no Redis that comes back would put that right.
 */
export async function openLimitStore(dependencies: Dependencies): Promise<{ store: LimitStore; close: () => void }> {
  const { redisUrl, database, log } = dependencies
  const inPostgres = createLimitStore(database)
  if (redisUrl === undefined) return { store: inPostgres, close: (): void => {} }
  // The client is loaded only if Redis is configured.
  const { attemptsKey, openRedisLimitStore, prepareRedis } = await import('./redis-limit-store.ts')
  const hasTls = redisUrl.startsWith('rediss:')
  const key = attemptsKey(Buffer.from('check'))

  /** Writes what a look at Redis finds. It rejects only if the settings are wrong. */
  async function look(url: string): Promise<void> {
    const { trouble, warning } = await checkRedis({ redis: prepareRedis(url), key, hasTls })
    if (trouble?.isMistake) throw new StartError(`${trouble.sentence}.`)
    if (trouble) log.warn({}, `Attempts are counted in Postgres, because ${trouble.sentence}`)
    if (warning) log.warn({}, warning)
  }

  await look(redisUrl)
  const redis = openRedisLimitStore(redisUrl)
  const store: LimitStore = withFallback(redis.store, inPostgres, {
    onFailure(error) {
      const { sentence } = redisTrouble([...redis.connectionErrors(), error], hasTls)
      log.warn({}, `Redis does not answer: attempts are counted in Postgres, because ${sentence}`)
    },
    onRecovery() {
      log.info('Redis answers again: attempts are counted there')
      // It may have started again with other settings.
      look(redisUrl).catch((error: unknown) => log.warn({}, String(error)))
    },
  })
  return { store, close: redis.close }
}
