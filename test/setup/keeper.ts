/** Starts the Postgres of a test run, and removes every trace of it once the run's process has gone. See `cluster.ts`. */
import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import { startEmbedded } from '../../src/database/embedded/embedded.ts'
import { isAlive } from '../../src/database/embedded/postgres-lock.ts'
import { migrate } from '../../src/database/migrations/migrate.ts'
import { clusterDir, type Handover, removeCluster, TEMPLATE, testPostgresBin } from './cluster.ts'

const settings = {
  max_connections: '300',
  // a crash of the machine may cost these data; that is all these three buy
  fsync: 'off',
  full_page_writes: 'off',
  wal_level: 'minimal',
  max_wal_senders: '0',
}

const run = Number(process.argv[2])
const dataDir = clusterDir(run)
const told = new AbortController()
process.on('SIGTERM', () => told.abort())

await removeCluster(run) // of an earlier process with this number
try {
  const server = await startEmbedded({ dataDir, settings, binDir: testPostgresBin })
  await prepareTemplate(server.url)
  await handOver({ url: server.url, keeper: process.pid })
  tell({})
  while (isAlive(run) && !told.signal.aborted) await sleep(100, undefined, { signal: told.signal }).catch(() => {})
  if (!told.signal.aborted) await sleep(1000) // the run was cut off: its test files end, and what they started with them
} catch (error) {
  tell({ error: String(error) })
} finally {
  await removeCluster(run)
}

async function prepareTemplate(url: string): Promise<void> {
  const client = new Client({ connectionString: url })
  client.on('error', () => {}) // the query under way fails with the same error
  await client.connect()
  await client.query(`CREATE DATABASE ${TEMPLATE}`)
  await migrate(Object.assign(new URL(url), { pathname: TEMPLATE }).href)
  await client.query(`ALTER DATABASE ${TEMPLATE} ALLOW_CONNECTIONS false`) // a copy fails while anybody is connected
  await client.end()
}

// Whoever started us may have been killed since.
function tell(message: object): void {
  process.send?.(message, undefined, undefined, () => {})
}

// Moved into place, so that nobody reads half of it.
async function handOver(handover: Handover): Promise<void> {
  const draft = join(dataDir, 'handover.draft')
  await writeFile(draft, JSON.stringify(handover), { mode: 0o600 })
  await rename(draft, join(dataDir, 'handover.json'))
}
