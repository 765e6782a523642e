/**
 * The embedded Postgres in `<dataDir>/postgres`. It is created or started if it does not run yet. Processes with the same data
 * directory share one server, and the last one stops it.
 */
import { realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client, DatabaseError } from 'pg'
import { generatedOnce, privateDirectory } from '../../config/generated-secret.ts'
import { StartError } from '../../config/start-error.ts'
import { sql, toQuery } from '../sql.ts'
import { createCluster, startServer, stopServer } from './postgres-cluster.ts'
import { sightServer } from './postgres-lock.ts'
import { findPostgresPrograms } from './postgres-programs.ts'

export interface EmbeddedOptions {
  readonly dataDir: string
  readonly log?: (message: string) => void
  /** Server settings by name, such as `{ fsync: 'off' }`. A server that runs already keeps its settings. */
  readonly settings?: Readonly<Record<string, string>>
  /** The directory of `initdb`, `pg_ctl` and `postgres`, instead of the npm package. */
  readonly binDir?: string | undefined
}

export interface Embedded {
  readonly url: string
  /**
   * Stops the server, unless another process still uses it. Close your own connections first. `force` stops it in any case.
   */
  readonly stop: (options?: { force?: boolean }) => Promise<void>
}

const READY_WITHIN_SECONDS = 60
/** A closed connection may take this long to leave `pg_stat_activity`. */
const SETTLE_MILLISECONDS = 500
/** Advisory lock in the `postgres` database. Users of the server share it. The process that stops the server takes it exclusively. */
const LEASE = 4_073_707_269

/**
 * Returns the URL of a server that accepts connections on 127.0.0.1 with a generated password. Throws a StartError with the
 * message of Postgres if the server cannot be started, or one that says to set DATABASE_URL if the npm package has no Postgres
 * for this platform.
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<Embedded> {
  const { log = () => {}, settings = {} } = options
  const programs = await findPostgresPrograms(options.binDir)
  const home = await privateDirectory(options.dataDir)
  const dir = join(home, 'postgres')
  const passwordFile = join(home, 'postgres-password')
  const password = await generatedOnce(passwordFile)
  await createCluster(programs, { dir, passwordFile, sync: settings['fsync'] !== 'off' })

  const deadline = Date.now() + READY_WITHIN_SECONDS * 1000
  let obstacle = 'another process has its lock file, postmaster.pid'
  while (Date.now() < deadline) {
    const seen = await sightServer(dir)
    if (seen.state === 'ready') {
      const url = `postgresql://postgres:${password}@127.0.0.1:${seen.port}/postgres?sslmode=disable`
      const lease = await takeLease(url, dir)
      if (lease instanceof Client) {
        log(`Postgres serves ${dir} on port ${seen.port}`)
        let stopped: Promise<void> | undefined
        const end = () => stopServer(programs, dir)
        return { url, stop: ({ force = false } = {}) => (stopped ??= leave(lease, force, log, end)) }
      }
      obstacle = lease
    } else if (seen.state === 'absent') {
      const start = { dir, logFile: join(home, 'postgres.log'), settings, deadPid: seen.deadPid }
      const failure = await startServer(programs, start, deadline)
      if (failure === undefined) continue
      obstacle = failure
    }
    await sleep(20)
  }
  throw new StartError(`Postgres in ${dir} is not ready after ${READY_WITHIN_SECONDS} s: ${obstacle}`)
}

// The connection is held as long as this process uses the server. It ends with the process, even by `kill -9`, so another process can
// tell whether it may stop the server. It cannot be opened while another process stops the server, so no start is lost.
async function takeLease(url: string, dir: string): Promise<Client | string> {
  const client = new Client({
    connectionString: url,
    connectionTimeoutMillis: 5000,
    application_name: 'countersign lease',
  })
  client.on('error', () => {}) // The server has ended. The other connections report it.
  try {
    await client.connect()
    const { rows } = await client.query<{ data_directory: string }>('SHOW data_directory')
    if ((await realpath(rows[0]?.data_directory ?? '')) !== dir)
      throw new StartError('its port belongs to another server')
    await client.query(toQuery(sql`SELECT pg_advisory_lock_shared(${LEASE})`))
    return client
  } catch (error) {
    await client.end().catch(() => {})
    if (error instanceof DatabaseError && error.code === '28P01') {
      throw new StartError(
        `The Postgres in ${dir} does not accept the password in ${dir}-password. ` +
          'Put that file back as it was; or, if the data does not matter, delete both and start again.',
        { cause: error },
      )
    }
    return String(error) // The server starts, stops or has ended, so the caller tries again.
  }
}

async function leave(
  lease: Client,
  force: boolean,
  log: (message: string) => void,
  end: () => Promise<void>,
): Promise<void> {
  try {
    if (!force && (await isShared(lease)))
      return log('Postgres is left as it is: something else uses it, or has ended it')
    await end()
    log('Postgres has stopped')
  } finally {
    await lease.end().catch(() => {})
  }
}

async function isShared(lease: Client): Promise<boolean> {
  try {
    await lease.query(toQuery(sql`SELECT pg_advisory_unlock_shared(${LEASE})`))
    const sole = await lease.query<{ locked: boolean }>(toQuery(sql`SELECT pg_try_advisory_lock(${LEASE}) AS locked`))
    if (!sole.rows[0]?.locked) return true
    for (const giveUp = Date.now() + SETTLE_MILLISECONDS; ; await sleep(20)) {
      const { rowCount } = await lease.query(
        `SELECT FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()`,
      )
      if (rowCount === 0) return false
      if (Date.now() > giveUp) return true
    }
  } catch {
    return true // The connection is lost, so the server of the directory may be another one.
  }
}
