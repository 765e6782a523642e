/** Lets somebody stand around every statement of a pool, Prisma's among them. */
import { callbackify } from 'node:util'
import type pg from 'pg'

export type Around = <T>(text: string, work: () => Promise<T>) => Promise<T>
type Done = (error: Error | null, result: unknown) => void

const textOf = (query: unknown) => (typeof query === 'string' ? query : ((query as { text?: string }).text ?? ''))

/** Call before the first statement. `around` gets its text, and must do the work once. */
export function watchStatements(pool: pg.Pool, around: Around): void {
  pool.on('connect', (client) => {
    const query = client.query.bind(client) as (...args: unknown[]) => Promise<unknown>

    function watched(config: unknown, ...rest: unknown[]): Promise<unknown> | undefined {
      const done = rest.at(-1)
      if (typeof done !== 'function') return around(textOf(config), () => query(config, ...rest))
      // pg's own pool calls back; whoever holds a client awaits.
      callbackify(() => around(textOf(config), () => query(config, ...rest.slice(0, -1))))(done as Done)
      return undefined
    }
    Object.assign(client, { query: watched })
  })
}
