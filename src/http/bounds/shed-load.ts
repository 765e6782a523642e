/**
 * When the process cannot keep up, some requests are refused so that the others are answered: first what begins something
 * and can be done later, long after that what people rely on who are logged in, and never what tells how the node is doing.
 */
import { getHeapStatistics } from 'node:v8'
import underPressure from '@fastify/under-pressure'
import { AppError } from '../../errors.ts'
import type { App } from '../server.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** When requests to this route are refused under load: `first` where it is left out. */
    shed?: 'last' | 'never'
  }
}

export type Thresholds = {
  /** How late timers may be, on average over a second, before anything is refused; and before all but `never` is. */
  readonly firstDelayMs: number
  readonly lastDelayMs: number
}

const usual: Thresholds = { firstDelayMs: 250, lastDelayMs: 1000 }
// A second that was bad proves nothing: the first ones of a process are.
const lastsMs = 1500
const sampleMs = 1000
// Beyond it V8 does little but collect garbage.
const heapShare = 0.9

/** Call before the first route. Refused requests end in `overloaded`. */
export async function shedLoad(app: App, { firstDelayMs, lastDelayMs }: Thresholds = usual): Promise<void> {
  let badSince = 0
  let badAt = -Infinity

  // Only asked while the last second was bad, or the heap is full.
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
