/** A call waits for its turn while every connection is in use, and for a shorter time for a server that does not answer. */
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { createBoundedPool } from '../../src/database/bounded-pool.ts'
import { createDatabase } from '../setup/database.ts'

const shortMs = 300
const longMs = 600_000
const { url, drop } = await createDatabase({ migrated: false })
t.teardown(drop)

/** A pool whose only connection is in use. */
async function fullPool(t: Pick<Test, 'teardown'>, { connectMs, mostMs }: { connectMs: number; mostMs: number }) {
  const options = { connectionString: url, max: 1, connectionTimeoutMillis: connectMs }
  const pool = createBoundedPool(options, mostMs)
  t.teardown(() => pool.end())
  for (;;) {
    // On a slow machine, a first connection may take longer than the limits of this test.
    const client = await pool.connect().catch(() => undefined)
    if (client) return { pool, release: () => client.release() }
  }
}

t.test('a call that finds every connection in use waits longer than it would for a new connection', async (t) => {
  const { pool, release } = await fullPool(t, { connectMs: shortMs, mostMs: longMs })
  const answer = pool.query('SELECT 1 AS one')
  await sleep(3 * shortMs)
  release()
  t.same((await answer).rows, [{ one: 1 }])
})

t.test('a call whose time is over while every connection is in use says so', async (t) => {
  const { pool, release } = await fullPool(t, { connectMs: longMs, mostMs: shortMs })
  const refused = { code: '08001', message: 'all 1 connections to the database are in use' }
  await t.rejects(pool.query('SELECT 1'), refused)
  release()
})

t.test('a server that accepts connections and says nothing is given up after the shorter time', async (t) => {
  const sockets = new Set<Socket>()
  const silent = createServer((socket) => void sockets.add(socket.on('error', () => {}))).listen(0, '127.0.0.1')
  await once(silent, 'listening')
  t.teardown(() => {
    silent.close()
    for (const socket of sockets) socket.destroy()
  })
  const { port } = silent.address() as { port: number }
  const at = `postgresql://nobody@127.0.0.1:${port}/none`
  const pool = createBoundedPool({ connectionString: at, max: 1, connectionTimeoutMillis: shortMs }, longMs)
  t.teardown(() => pool.end())
  await t.rejects(pool.query('SELECT 1'), { code: '08001', message: 'no connection to the database' })
})
