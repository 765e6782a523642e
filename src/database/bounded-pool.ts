/** A pool that bounds every wait for a connection or a statement by the time that the request may wait for the database. */
import type { Socket } from 'node:net'
import pg from 'pg'
import { sessionClient } from './session-client.ts'
import { startWait } from './time-limit.ts'

type Query = (...args: unknown[]) => Promise<unknown>

/** Bounds every statement on this connection. */
function boundStatements(client: pg.PoolClient, mostMs: number): void {
  // The types of pg leave out the connection. Only the connection can be closed while a statement runs.
  const { connection } = client as unknown as { connection: { stream: Socket } }
  const query = client.query.bind(client) as Query
  const bounded: Query = async (...args) => {
    // The whole connection is closed, because the unanswered statement may still be carried out, and no other may follow it. The next
    // statement, also a ROLLBACK, fails at once.
    const end = startWait((error) => connection.stream.destroy(error), mostMs)
    try {
      return await query(...args)
    } finally {
      end()
    }
  }
  client.query = bounded as typeof client.query
  client.on('error', () => {}) // the statement under way fails with the same error
}

/**
 * The same as `new pg.Pool`, for promises only. All waits of a request together may take `mostMs`, and while every connection is in use, a
 * call waits for its turn. Without a connection, it ends in an error with code 08001. If the time runs out later, it ends in one with code
 * ETIMEDOUT, and the statement may have been carried out. `connectionTimeoutMillis` bounds the time to open a connection.
 */
export function createBoundedPool(
  { connectionString = '', connectionTimeoutMillis, ...options }: pg.PoolConfig,
  mostMs: number,
): pg.Pool {
  // The pool would also apply this limit to calls that wait for a connection in use, so only its clients know it.
  const pool = new pg.Pool({ ...options, Client: sessionClient(connectionString, { connectionTimeoutMillis }) })
  pool.on('connect', (client) => boundStatements(client, mostMs))
  const connect = pool.connect.bind(pool) as () => Promise<pg.PoolClient>

  async function connectInTime(): Promise<pg.PoolClient> {
    const tooLate = Promise.withResolvers<never>()
    const end = startWait(tooLate.reject, mostMs)
    const connecting = connect()
    try {
      return await Promise.race([connecting, tooLate.promise])
    } catch (error) {
      // If the connection arrives later, it goes back to the pool.
      connecting.then(
        (client) => client.release(),
        () => {},
      )
      // Every cause, such as a wrong certificate or an unknown host, becomes SQLSTATE 08001: no connection could be made.
      const isFull = pool.waitingCount > 0 && pool.totalCount === pool.options.max
      const message = isFull
        ? `all ${pool.options.max} connections to the database are in use`
        : 'no connection to the database'
      throw Object.assign(new Error(message, { cause: error }), { code: '08001' })
    } finally {
      end()
    }
  }

  // The pool's own `query` runs its callback in the async context of the request that returned the connection.
  const query: Query = async (...args) => {
    const client = await connectInTime()
    let failure: Error | undefined
    try {
      return await (client.query as Query)(...args)
    } catch (error) {
      failure = error as Error
      throw error
    } finally {
      client.release(failure)
    }
  }
  return Object.assign(pool, { connect: connectInTime, query })
}
