/**
 * The connection to Postgres: one pool, which Prisma and the hand-written hot statements share.
 * No call waits longer than a second for a connection or two for a statement.
 */
import { PrismaPg } from '@prisma/adapter-pg'
import pg from 'pg'
import { PrismaClient } from './generated/client.ts'

export type Database = { readonly prisma: PrismaClient; readonly pool: pg.Pool; close(): Promise<void> }

const acquireMilliseconds = 1000
const statementMilliseconds = 2000

/** Connects lazily: nothing is opened before the first statement. `onError` hears of idle connections that broke. */
export function createDatabase(connectionString: string, onError: (error: Error) => void): Database {
  const pool = new pg.Pool({
    connectionString,
    max: 20,
    connectionTimeoutMillis: acquireMilliseconds,
    statement_timeout: statementMilliseconds,
    // Where the server does not enforce its own timeout (it is stopped, the network is gone), the client gives up too.
    query_timeout: statementMilliseconds + 500,
    idle_in_transaction_session_timeout: 2 * statementMilliseconds,
    application_name: 'countersign',
    // The adapter drops the offset of a timestamptz, which is harmless only where that offset is zero.
    options: '-c timezone=UTC',
  })
  pool.on('error', onError)
  const prisma = new PrismaClient({ adapter: new PrismaPg(pool, { disposeExternalPool: false }) })
  return {
    prisma,
    pool,
    async close() {
      await prisma.$disconnect()
      await pool.end()
    },
  }
}
