/** Bounds the requests of each service that wait for a revocation, so that no service can use up the connections and the memory of all. */
import { AppError } from '../errors.ts'

/** Does the work of a request that waits. Ends in `too_many_waiting`, at once, if the service has as many waiting requests as it may. */
export type WithinLimit = <T>(service: string, work: () => Promise<T>) => Promise<T>

export function createWaitLimit(most: number): WithinLimit {
  const waiting = new Map<string, number>()
  const change = (service: string, by: number) => {
    const count = (waiting.get(service) ?? 0) + by
    if (count > 0) waiting.set(service, count)
    else waiting.delete(service)
  }

  return async function withinLimit(service, work) {
    if ((waiting.get(service) ?? 0) >= most) throw new AppError('too_many_waiting', { retryAfterSeconds: 1 })
    change(service, 1)
    try {
      return await work()
    } finally {
      change(service, -1)
    }
  }
}
