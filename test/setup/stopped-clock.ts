/** A clock that stands still, in Postgres and on the nodes, for the limits on guesses. */
import { execute } from './database.ts'

let startedAt = Date.now()
let passedMs = 0

/** The clock of the nodes in this process. It stands still except for the time that `pass` lets pass. */
export const nodeClock = (): number => startedAt + passedMs

/**
 * Stops `clock_timestamp()` in a database. It must be the first connection. A function of that name comes before the one of
 * Postgres in the search path, so statements that name no schema call it.
 */
export async function stopClock(databaseUrl: string): Promise<void> {
  // Another test file in this process may have let hours pass.
  startedAt = Date.now()
  passedMs = 0
  const name = new URL(databaseUrl).pathname.slice(1)
  await execute(
    databaseUrl,
    `CREATE SCHEMA stopped;
     CREATE TABLE stopped.clock AS SELECT pg_catalog.clock_timestamp() AS now;
     CREATE FUNCTION stopped.clock_timestamp() RETURNS timestamptz LANGUAGE sql AS 'SELECT now FROM stopped.clock';
     ALTER DATABASE ${name} SET search_path = stopped, pg_catalog, public`,
  )
}

/** Lets this much time pass in a database whose clock was stopped, and for the nodes in this process. */
export async function pass(databaseUrl: string, seconds: number): Promise<void> {
  passedMs += seconds * 1000
  await execute(databaseUrl, `UPDATE stopped.clock SET now = now + ${seconds} * interval '1 second'`)
}
