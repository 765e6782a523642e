/** Starts the Postgres of a test run, and removes it with its files once the process of the run has ended. See `cluster.ts`. */
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import { startEmbedded } from '../../src/database/embedded/embedded.ts'
import { isAlive } from '../../src/database/embedded/postgres-lock.ts'
import { migrate } from '../../src/database/migrations/migrate.ts'
import { clusterDir, type Handover, removeCluster, sharedDataDir, TEMPLATE, testPostgresBin } from './cluster.ts'

const settings = {
  max_connections: '300',
  // Only a crash of the machine could lose data by these settings.
  fsync: 'off',
  full_page_writes: 'off',
  wal_level: 'minimal',
  max_wal_senders: '0',
}

const run = Number(process.argv[2])
const home = clusterDir(run)
const told = new AbortController()
process.on('SIGTERM', () => told.abort())

await removeCluster(run) // It may be left by an earlier process with this number.
try {
  const server = await startEmbedded({ dataDir: sharedDataDir(run), settings, binDir: testPostgresBin })
  await prepareTemplate(server.url)
  await handOver({ url: server.url, keeper: process.pid })
  tell({})
  while (isAlive(run) && !told.signal.aborted) await sleep(100, undefined, { signal: told.signal }).catch(() => {})
  if (!told.signal.aborted) await sleep(1000) // The run was killed. Its test files, and what they started, need a moment to end.
} catch (error) {
  tell({ error: String(error) })
} finally {
  await removeCluster(run)
}

async function prepareTemplate(url: string): Promise<void> {
  const client = new Client({ connectionString: url })
  client.on('error', () => {}) // The query under way fails with the same error.
  await client.connect()
  await client.query(`CREATE DATABASE ${TEMPLATE}`)
  await migrate(Object.assign(new URL(url), { pathname: TEMPLATE }).href)
  await client.query(`ALTER DATABASE ${TEMPLATE} ALLOW_CONNECTIONS false`) // A copy fails while there is a connection.
  await client.end()
}

// The process that started this one may have been killed meanwhile.
function tell(message: object): void {
  process.send?.(message, undefined, undefined, () => {})
}

// A rename is atomic, so no process reads half of the file.
async function handOver(handover: Handover): Promise<void> {
  await mkdir(home, { recursive: true, mode: 0o700 })
  const draft = join(home, 'handover.draft')
  await writeFile(draft, JSON.stringify(handover), { mode: 0o600 })
  await rename(draft, join(home, 'handover.json'))
}
