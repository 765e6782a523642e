/** Wraps every statement of a pool, also those of Prisma. All of them are promises (bounded-pool.ts). */
import type pg from 'pg'

export type Around = <T>(text: string, work: () => Promise<T>) => Promise<T>

const textOf = (query: unknown) => (typeof query === 'string' ? query : ((query as { text?: string }).text ?? ''))

/** Call it before the first statement. `around` gets the text of the statement, and must run the work once. */
export function watchStatements(pool: pg.Pool, around: Around): void {
  pool.on('connect', (client) => {
    const query = client.query.bind(client) as (...args: unknown[]) => Promise<unknown>

    const watched = (config: unknown, ...rest: unknown[]) => around(textOf(config), () => query(config, ...rest))
    Object.assign(client, { query: watched })
  })
}
