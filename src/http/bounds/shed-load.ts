/**
 * When the process cannot keep up, it refuses some requests so that it can answer the others. First it refuses requests that begin
 * something, such as a login. Much later it refuses those of signed-in users. It never refuses health checks.
 */
import { getHeapStatistics } from 'node:v8'
import underPressure from '@fastify/under-pressure'
import { AppError } from '../../errors.ts'
import type { App } from '../server.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** When requests to this route are refused under load. The default is first. */
    shed?: 'last' | 'never'
  }
}

export type Thresholds = {
  /** Mean delay of timers over a second, in milliseconds, above which requests are refused. */
  readonly firstDelayMs: number
  /** The same, for routes with `shed: 'last'`. */
  readonly lastDelayMs: number
}

const usual: Thresholds = { firstDelayMs: 250, lastDelayMs: 1000 }
// One bad second proves nothing: the first seconds of every process are bad.
const lastsMs = 1500
const sampleMs = 1000
// Above this share of the heap, V8 mostly collects garbage.
const heapShare = 0.9

/** Call it before the first route. Refused requests end in `overloaded` (503). */
export async function shedLoad(app: App, { firstDelayMs, lastDelayMs }: Thresholds = usual): Promise<void> {
  let badSince = 0
  let badAt = -Infinity

  // Called only while the last second was bad, or the heap is full.
  function isLasting(): boolean {
    const now = performance.now()
    if (now > badAt + 2 * sampleMs) badSince = now
    badAt = now
    return now > badSince + lastsMs
  }

  await app.register(underPressure, {
    sampleInterval: sampleMs,
    maxEventLoopDelay: firstDelayMs,
    maxHeapUsedBytes: heapShare * getHeapStatistics().heap_size_limit,
    pressureHandler(request, _reply, type, value) {
      const { shed } = request.routeOptions.config
      const isLate = type === underPressure.TYPE_EVENT_LOOP_DELAY && (value ?? 0) > lastDelayMs
      if (shed === 'never' || !isLasting() || (shed === 'last' && !isLate)) return
      throw new AppError('overloaded', { retryAfterSeconds: 2 })
    },
  })
}
