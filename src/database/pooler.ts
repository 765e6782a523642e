/** Finds a pooler that shares connections of Postgres between transactions, and that DATABASE_URL does not announce. */
import type pg from 'pg'
import { StartError } from '../config/start-error.ts'
import { readAddress } from './address.ts'
import { announcePooler, refuseParameter } from './connect.ts'
import { errorCode } from './error-code.ts'
import { createSession } from './session-client.ts'

/** Throws a StartError if a pooler refuses what a connection of the pool asks for as it begins. Other failures are left to others. */
async function refuseRefusal(pool: pg.Pool): Promise<void> {
  try {
    const client = await pool.connect()
    client.release()
  } catch (error) {
    refuseParameter(error instanceof Error ? error.cause : undefined)
  }
}

// Between the statements of one pair, other clients of the pooler may take the connection.
const pairs = 5
const preparedAgain = '42P05'
const lost = '26000'

/** Throws a StartError if a statement that one connection prepares is found by another one. */
async function refuseSharedStatements(url: string): Promise<void> {
  const open = async () => {
    const client = createSession(url, { connectionTimeoutMillis: 10_000, application_name: 'countersign pooler check' })
    client.on('error', () => {}) // The query under way fails with the same error.
    await client.connect()
    return client
  }
  const clients: pg.Client[] = []
  try {
    clients.push(await open(), await open())
    for (let pair = 1; pair <= pairs; pair++) {
      for (const client of clients) await client.query({ name: `countersign_pooler_${pair}`, text: 'SELECT 1' })
    }
  } catch (error) {
    if (![preparedAgain, lost].includes(String(errorCode(error)))) return
    throw new StartError(
      'A pooler such as PgBouncer stands between this server and Postgres, gives each transaction another connection, and loses ' +
        `prepared statements. ${announcePooler}`,
      { cause: error },
    )
  } finally {
    await Promise.all(clients.map((client) => client.end().catch(() => {})))
  }
}

/**
 * Throws a StartError if requests would fail because of a pooler that DATABASE_URL does not announce. A pooler in session mode, or one that
 * keeps track of prepared statements, passes.
 */
export async function refuseUnannouncedPooler(url: string, pool: pg.Pool): Promise<void> {
  if (readAddress(url).isPooled) return
  await refuseRefusal(pool)
  await refuseSharedStatements(url)
}
