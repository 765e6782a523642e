/** Requests that wait for the transaction of a test. */

import { pause } from './denial.ts'
import type { Node } from './node.ts'

type Query = (text: string, values?: unknown[]) => Promise<unknown>
type At = Pick<Node, 'database'>

const longestMs = 60_000

/** Resolves once a connection to this database waits for a lock. */
export async function untilRequestWaits({ database }: At): Promise<void> {
  const sql = `SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`
  for (const from = performance.now(); (await database.pool.query(sql)).rowCount === 0; await pause(5)) {
    if (performance.now() - from > longestMs) throw new Error('nobody has to wait')
  }
}

/**
 * Sends a request while a transaction of the test holds the locks of the statement `hold`. Once the request waits for them,
 * the transaction runs `after` and commits. Returns the response.
 */
export async function whileHeld<T>(
  node: At,
  hold: (query: Query) => Promise<unknown>,
  request: () => Promise<T>,
  after: (query: Query) => Promise<unknown> = async () => {},
): Promise<T> {
  const client = await node.database.pool.connect()
  const query: Query = (text, values) => client.query(text, values)
  try {
    await query('BEGIN')
    await hold(query)
    const answer = request()
    // A request that does not wait has a response, which the test then checks.
    await Promise.race([untilRequestWaits(node), answer])
    await after(query)
    await query('COMMIT')
    return await answer
  } finally {
    await query('ROLLBACK')
    client.release()
  }
}
