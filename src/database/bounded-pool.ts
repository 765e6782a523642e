/** A pool in which no wait, for a connection or for a statement, outlasts the time that its request has for the database. */
import type { Socket } from 'node:net'
import pg from 'pg'
import { startWait } from './time-limit.ts'

type Query = (...args: unknown[]) => Promise<unknown>

/** Lets no statement on this connection wait for too long. */
function boundStatements(client: pg.PoolClient, mostMs: number): void {
  // pg's types leave out its connection, which alone can be cut while a statement is under way.
  const { connection } = client as unknown as { connection: { stream: Socket } }
  const query = client.query.bind(client) as Query
  const bounded: Query = async (...args) => {
    // Not only the statement is given up: what has not been answered may still be done, and nothing else may come
    // behind it. Whoever asks next, a ROLLBACK among them, learns at once that the connection is gone.
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
 * As `new pg.Pool`, for promises only. A request may wait for it for `mostMs`, all its waits together. Where no connection is to be had, a call ends in an error with code 08001; where time
 * runs out later, in one with code ETIMEDOUT, and what it asked for may or may not have been done.
 */
export function createBoundedPool(options: pg.PoolConfig, mostMs: number): pg.Pool {
  const pool = new pg.Pool(options)
  pool.on('connect', (client) => boundStatements(client, mostMs))
  const connect = pool.connect.bind(pool) as () => Promise<pg.PoolClient>

  async function connectInTime(): Promise<pg.PoolClient> {
    const tooLate = Promise.withResolvers<never>()
    const end = startWait(tooLate.reject, mostMs)
    const connecting = connect()
    try {
      return await Promise.race([connecting, tooLate.promise])
    } catch (error) {
      // Should it come yet, it is somebody else's.
      connecting.then(
        (client) => client.release(),
        () => {},
      )
      // Whatever it was, a certificate or a name that is not found: SQLSTATE 08001, no connection could be made.
      throw Object.assign(new Error('no connection to the database', { cause: error }), { code: '08001' })
    } finally {
      end()
    }
  }

  // Not the pool's own `query`: its callback runs in whatever request gave the connection back.
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
