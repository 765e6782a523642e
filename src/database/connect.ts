/** Opens one connection to Postgres, for work at the start or in a command. */
import type { Client } from 'pg'
import { StartError } from '../config/start-error.ts'
import { createSession } from './session-client.ts'

/** What an operator does about a pooler in transaction mode. */
export const announcePooler = 'Add ?pgbouncer=true to DATABASE_URL.'

/** Throws a StartError if the error is a pooler that refuses what a connection asks for as it begins. */
export function refuseParameter(error: unknown): void {
  const name = error instanceof Error && /unsupported startup parameter: (\w+)/.exec(error.message)?.[1]
  if (!name) return
  throw new StartError(
    `PgBouncer stands between this server and Postgres, and refuses the parameter ${name} of a connection. ${announcePooler}`,
    { cause: error },
  )
}

/** Throws a StartError with the reason if the connection cannot be made. */
export async function connect(client: Client): Promise<void> {
  await client.connect().catch((error: unknown) => {
    refuseParameter(error)
    const reason = error instanceof AggregateError ? error.errors.map(String).join(', ') : String(error)
    throw new StartError(`Cannot connect to Postgres at ${client.host}:${client.port}: ${reason}`, { cause: error })
  })
}

/** Runs the work on a connection of its own. Throws a StartError if the connection cannot be made. */
export async function onOneConnection<T>(connectionString: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = createSession(connectionString, {
    connectionTimeoutMillis: 10_000,
    application_name: 'countersign command',
  })
  client.on('error', () => {}) // The query under way fails with the same error.
  try {
    await connect(client)
    return await work(client)
  } finally {
    await client.end().catch(() => {})
  }
}
