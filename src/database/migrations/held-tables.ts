/**
 * A migration that changes a table waits for every transaction that reads it, and all later reads and writes of the table wait behind the
 * migration. So it waits only for a moment, lets the others pass, and tries again.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { StartError } from '../../config/start-error.ts'
import { errorCode } from '../error-code.ts'
import { createSession } from '../session-client.ts'
import { sql, toQuery } from '../sql.ts'

/** Another transaction holds a table that a migration changes. The migration was rolled back. */
export class HeldTableError extends Error {
  override readonly name = 'HeldTableError'
  /** A sentence that says which processes hold the table. */
  readonly holders: string

  constructor(migration: string, { holders, cause }: { holders: string; cause: unknown }) {
    super(migration, { cause })
    this.holders = holders
  }
}

/** Whether Postgres ended a statement because of the locks of others: it waited too long, or each waited for the other. */
export const isHeld = (error: unknown): boolean => ['55P03', '40P01'].includes(String(errorCode(error)))

const lookEveryMs = 100
const pauseMs = 1000

type Holder = { pid: number; name: string; state: string | null; seconds: number | null }

/** The state and the age are unknown where the role may not see them. The text of a query is not read, as it may hold secrets. */
function inWords({ pid, name, state, seconds }: Holder): string {
  const known = [name && `application_name ${name}`, state, seconds !== null && `its transaction is ${seconds} s old`]
  return `process ${pid} (${known.filter(Boolean).join(', ') || 'nothing more may be seen'})`
}

/** Looks, from another connection, for the processes that keep this one waiting. Returns a function that ends it, and says what it saw. */
export function watchHolders(connectionString: string, pid: number): () => Promise<string> {
  const ended = new AbortController()
  let seen: readonly Holder[] = []

  async function look(): Promise<void> {
    const pauseBetween = () => sleep(lookEveryMs, undefined, { signal: ended.signal })
    await pauseBetween() // Most migrations end before this.
    const client = createSession(connectionString, {
      connectionTimeoutMillis: 10_000,
      application_name: 'countersign migrate',
    })
    client.on('error', () => {}) // The query under way fails with the same error.
    try {
      await client.connect()
      for (;;) {
        const { rows } = await client.query<Holder>(
          toQuery(sql`SELECT pid, application_name AS name, state,
              round(extract(epoch FROM clock_timestamp() - xact_start))::int AS seconds
            FROM pg_stat_activity WHERE pid = ANY(pg_blocking_pids(${pid})) ORDER BY xact_start, pid`),
        )
        if (rows.length > 0) seen = rows
        await pauseBetween()
      }
    } finally {
      await client.end().catch(() => {})
    }
  }

  const looking = look().catch(() => {}) // The migration does not need to know who holds its tables.
  return async () => {
    ended.abort()
    await looking
    return seen.length === 0 ? 'another process' : seen.map(inWords).join(' and ')
  }
}

/**
 * Tries until no other transaction holds the tables. Throws a StartError that says who holds them, once `waitSeconds` have passed. Between
 * two tries, the statements that waited behind the migration are carried out.
 */
export async function untilTablesAreFree<T>(
  attempt: () => Promise<T>,
  { log, waitSeconds }: { log: (message: string) => void; waitSeconds: number },
): Promise<T> {
  for (const from = performance.now(); ; ) {
    try {
      return await attempt()
    } catch (error) {
      if (!(error instanceof HeldTableError)) throw error
      const { message: name, holders } = error
      if (performance.now() - from >= waitSeconds * 1000) {
        throw new StartError(
          `Migration ${name} could not lock its tables for ${waitSeconds} s, and was rolled back: they are held by ${holders}. ` +
            'Let that transaction end, or end it with pg_terminate_backend, then start again.',
          { cause: error },
        )
      }
      log(`migration ${name} waits for its tables, and lets other statements pass: they are held by ${holders}`)
      await sleep(pauseMs)
    }
  }
}
