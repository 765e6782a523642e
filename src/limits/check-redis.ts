/** Looks at Redis on a connection of its own: whether attempts can be counted there, and are kept. */
import { type RedisTrouble, redisTrouble } from './redis-trouble.ts'

const longestMs = 2500

/** Everything that the scripts of redis-limit-store.ts do, so that missing rights are noticed before the first login. */
const rehearsal = `redis.call('TIME')
redis.call('HMGET', KEYS[1], 'count')
redis.call('HGET', KEYS[1], 'count')
redis.call('HSET', KEYS[1], 'count', 0)
redis.call('PEXPIREAT', KEYS[1], 1)
redis.call('DEL', KEYS[1])`

export type RedisFindings = {
  /** Why attempts cannot be counted in Redis. */
  readonly trouble?: RedisTrouble
  /** A sentence about a Redis that may forget counts. */
  readonly warning?: string
}

/** The warning about the policy in the answer to INFO, or undefined if it is right or not told. */
function warningOf(info: string): string | undefined {
  const policy = /^maxmemory_policy:([a-z-]+)\r?$/m.exec(info)?.[1]
  if (policy === undefined || policy === 'noeviction') return undefined
  return (
    `Redis has the maxmemory-policy ${policy}: when its memory is full, it forgets counts, and guesses at passwords begin anew. Set ` +
    'maxmemory-policy to noeviction. Attempts are then counted in Postgres while Redis is full'
  )
}

/** The client of Redis, which is loaded only where Redis is configured. It is not connected yet. */
type Client = {
  readonly connect: () => Promise<unknown>
  readonly eval: (script: string, keys: number, key: string) => Promise<unknown>
  readonly info: (section: string) => Promise<string>
  readonly on: (event: 'error', listener: (error: unknown) => void) => unknown
  readonly disconnect: () => void
}

type Dependencies = {
  readonly redis: Client
  /** A key that no attempts are counted under. */
  readonly key: string
  readonly hasTls: boolean
}

async function look(redis: Client, key: string): Promise<RedisFindings> {
  await redis.connect()
  await redis.eval(rehearsal, 1, key)
  // CONFIG is forbidden on many managed servers. INFO may be too: then the policy is not known.
  const warning = warningOf(await redis.info('memory').catch(() => ''))
  return warning === undefined ? {} : { warning }
}

/** Resolves within three seconds, whatever Redis does. The client is of no use then. */
export async function checkRedis({ redis, key, hasTls }: Dependencies): Promise<RedisFindings> {
  const errors: unknown[] = []
  redis.on('error', (error) => errors.push(error))
  let timer: NodeJS.Timeout | undefined
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('timed out')), longestMs)
  })
  try {
    const findings = await Promise.race([look(redis, key), tooLate])
    return errors.length > 0 ? { ...findings, trouble: redisTrouble(errors, hasTls) } : findings
  } catch (error) {
    return { trouble: redisTrouble([...errors, error], hasTls) }
  } finally {
    clearTimeout(timer)
    redis.disconnect()
  }
}
