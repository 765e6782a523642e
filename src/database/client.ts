/** The connection to Postgres: one pool for Prisma and for the statements of sql.ts. The time that a request waits for it is bounded. */
import { PrismaPg } from '@prisma/adapter-pg'
import type pg from 'pg'
import { readAddress } from './address.ts'
import { createBoundedPool } from './bounded-pool.ts'
import { PrismaClient } from './generated/client.ts'

export type Database = { readonly prisma: PrismaClient; readonly pool: pg.Pool; close(): Promise<void> }
export type OpenDatabase = { readonly url: string; readonly database: Database; readonly close: () => Promise<void> }

/** How long work may wait for the database, in milliseconds. */
export type DatabasePatience = {
  /** The longest wait for a connection. */
  readonly connectionMs: number
  /** The longest statement. It is shorter than `requestMs`, because a statement that Postgres ends has certainly changed nothing. */
  readonly statementMs: number
  /** All waits of one request together. */
  readonly requestMs: number
  /** The longest time between two statements of a transaction. */
  readonly idleMs: number
}

// A client gets its answer within two seconds, so 400 ms remain for all work but the database.
const usualPatience: DatabasePatience = { connectionMs: 1000, statementMs: 1400, requestMs: 1600, idleMs: 4000 }

/** Opens no connection before the first statement. `onError` is called when an idle connection breaks. */
export function createDatabase(
  connectionString: string,
  onError: (error: Error) => void,
  { connectionMs, statementMs, requestMs, idleMs } = usualPatience,
): Database {
  const { poolSize, schema } = readAddress(connectionString)
  const options = {
    connectionString,
    max: poolSize,
    connectionTimeoutMillis: connectionMs,
    statement_timeout: statementMs,
    idle_in_transaction_session_timeout: idleMs,
    application_name: 'countersign',
  }
  const pool = createBoundedPool(options, requestMs)
  pool.on('error', onError)
  const prisma = new PrismaClient({ adapter: new PrismaPg(pool, { schema, disposeExternalPool: false }) })
  return {
    prisma,
    pool,
    async close() {
      await prisma.$disconnect()
      await pool.end()
    },
  }
}
