/**
 * The connection to Postgres: one pool, which Prisma and the hand-written hot statements share. No call waits longer than a
 * second for a connection, and no request longer than time-limit.ts says for all that it asks.
 */
import { PrismaPg } from '@prisma/adapter-pg'
import type pg from 'pg'
import { createBoundedPool } from './bounded-pool.ts'
import { PrismaClient } from './generated/client.ts'

export type Database = { readonly prisma: PrismaClient; readonly pool: pg.Pool; close(): Promise<void> }

const acquireMilliseconds = 1000
// Less than a request has: a statement that Postgres itself ends is known not to have been done, and costs no connection.
const statementMilliseconds = 1400

/** Connects lazily: nothing is opened before the first statement. `onError` hears of idle connections that broke. */
export function createDatabase(connectionString: string, onError: (error: Error) => void): Database {
  const pool = createBoundedPool({
    connectionString,
    max: 20,
    connectionTimeoutMillis: acquireMilliseconds,
    statement_timeout: statementMilliseconds,
    idle_in_transaction_session_timeout: 4000,
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
