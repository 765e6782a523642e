/** Opens one connection to Postgres, for work at the start or in a command. */
import type { Client } from 'pg'
import { StartError } from '../config/start-error.ts'
import { createSession } from './session-client.ts'

/** Throws a StartError with the reason if the connection cannot be made. */
export async function connect(client: Client): Promise<void> {
  await client.connect().catch((error: unknown) => {
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
