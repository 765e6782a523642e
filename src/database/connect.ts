/** Opens one connection to Postgres, for work at the start or in a command. */
import type { Client } from 'pg'
import { StartError } from '../config/start-error.ts'

/** Throws a StartError with the reason if the connection cannot be made. */
export async function connect(client: Client): Promise<void> {
  await client.connect().catch((error: unknown) => {
    const reason = error instanceof AggregateError ? error.errors.map(String).join(', ') : String(error)
    throw new StartError(`Cannot connect to Postgres at ${client.host}:${client.port}: ${reason}`, { cause: error })
  })
}
