/** The same attempts in Redis, by its clock. A Redis script runs alone, so it decides in one step too. */
import { Redis } from 'ioredis'
import type { LimitStore } from './budgets.ts'

const now = `local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
`

// ARGV: free, milliseconds until forgotten, 1 where that slides, delays in milliseconds.
const reserve = `${now}
local free, life = tonumber(ARGV[1]), tonumber(ARGV[2])
local row = redis.call('HMGET', KEYS[1], 'count', 'refused', 'next', 'until')
local count, refused = tonumber(row[1]) or 0, tonumber(row[2]) or 0
local next, over = tonumber(row[3]) or now, tonumber(row[4]) or now + life
if count >= free and next > now then
  redis.call('HSET', KEYS[1], 'refused', refused + 1)
  return {count, refused + 1, next - now}
end
count = count + 1
if ARGV[3] == '1' then over = now + life end
local delay = 0
if count >= free then delay = tonumber(ARGV[3 + math.min(count - free + 1, #ARGV - 3)]) end
redis.call('HSET', KEYS[1], 'count', count, 'refused', 0, 'next', math.min(now + delay, over), 'until', over)
redis.call('PEXPIREAT', KEYS[1], over)
return {count, 0, 0}`

const giveBack = `${now}
local count = tonumber(redis.call('HGET', KEYS[1], 'count')) or 0
if count == 0 then return end
if count == tonumber(ARGV[1]) then redis.call('HSET', KEYS[1], 'next', now) end
redis.call('HSET', KEYS[1], 'count', count - 1)`

// A login waits this long for Redis. With a shorter time, a busy node would take Redis for unreachable.
const commandMilliseconds = 1000

const ms = (seconds: number) => Math.round(seconds * 1000)
/** The name in Redis under which the attempts of a key are counted. */
export const attemptsKey = (key: Buffer): string => `countersign:attempts:${key.toString('base64url')}`

const options = {
  enableOfflineQueue: false,
  // It asks INFO, which some users of Redis may not. A Redis that loads its data refuses the commands anyway.
  enableReadyCheck: false,
  maxRetriesPerRequest: 0,
  connectTimeout: 1000,
  commandTimeout: commandMilliseconds,
}

/** A client that connects when it is told to, and once. */
export const prepareRedis = (url: string): Redis =>
  new Redis(url, { ...options, lazyConnect: true, retryStrategy: () => null })

export type RedisLimitStore = {
  readonly store: LimitStore
  /** What went wrong with the connection since it was last ready. It may hold the password. */
  readonly connectionErrors: () => readonly unknown[]
  readonly close: () => void
}

/** Connects in the background, again and again. While Redis does not answer, calls reject at once or within a second. */
export function openRedisLimitStore(url: string): RedisLimitStore {
  const redis = new Redis(url, { ...options, retryStrategy: (attempt) => Math.min(attempt * 100, 1000) })
  // The next call rejects, and does not say why there is no connection.
  let lastError: unknown
  redis.on('error', (error) => (lastError = error)).on('ready', () => (lastError = undefined))

  const store: LimitStore = {
    async reserve(key, { free, seconds, delays, slides }) {
      const given = [free, ms(seconds), slides ? 1 : 0, ...delays.map(ms)]
      const [count, refused, wait] = (await redis.eval(reserve, 1, attemptsKey(key), ...given)) as [
        number,
        number,
        number,
      ]
      if (refused === 0) return { allowed: true, count }
      return { allowed: false, waitSeconds: wait / 1000, first: refused === 1 }
    },

    async giveBack(key, count) {
      await redis.eval(giveBack, 1, attemptsKey(key), count)
    },

    async clear(key) {
      await redis.del(attemptsKey(key))
    },
  }
  const connectionErrors = () => (lastError === undefined ? [] : [lastError])
  return { store, connectionErrors, close: () => redis.disconnect() }
}
