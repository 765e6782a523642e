/** A Postgres for one test, which writes to its disk as in production, and can be killed, frozen and started again. */
import { once } from 'node:events'
import { type FileHandle, open, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import type { Test } from 'tap'
import { createCluster } from '../../src/database/embedded/postgres-cluster.ts'
import { isAlive, sightServer } from '../../src/database/embedded/postgres-lock.ts'
import { findPostgresPrograms } from '../../src/database/embedded/postgres-programs.ts'
import { testPostgresBin } from './cluster.ts'
import { createDataDir } from './database.ts'
import { freePort } from './free-port.ts'

type Settings = Readonly<Record<string, string>>
type Options = {
  settings?: Settings
  /** The directory of other programs than those of the run. */
  binDir?: string
  /** Fills the data directory. By default `initdb` does. */
  fill?: (dir: string) => Promise<void>
}

export const ownPassword = 'postgres-of-a-test'
const startedWithinMs = 60_000

/** A process and all its descendants. Linux only. */
async function family(pid: number): Promise<number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '')
  const children = await Promise.all(text.split(' ').filter(Boolean).map(Number).map(family))
  return [pid, ...children.flat()]
}

function signal(pids: readonly number[], name: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, name)
    } catch {
      // It had ended by itself.
    }
  }
}

/** Runs statements one by one on a new connection. Returns the rows of each. */
export async function runStatements(url: string, statements: readonly string[]) {
  const client = new Client({ connectionString: url })
  client.on('error', () => {})
  await client.connect()
  try {
    const results = []
    for (const statement of statements) results.push((await client.query(statement)).rows)
    return results
  } finally {
    await client.end()
  }
}

/** A server in `dir` that keeps its port. */
export function createServerIn(dir: string, { port, binDir }: { port: number; binDir: string | undefined }) {
  let postmaster: number | undefined
  const url = `postgresql://postgres:${ownPassword}@127.0.0.1:${port}/postgres?sslmode=disable`
  const logFile = `${dir}.log`

  async function launch(log: FileHandle, settings: Settings): Promise<void> {
    const programs = await findPostgresPrograms(binDir)
    const all = { ...settings, port: String(port), listen_addresses: '127.0.0.1', unix_socket_directories: '' }
    const args = ['-D', dir, ...Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])]
    const seen = await sightServer(dir)
    const child = programs.launch(args, log.fd, seen.state === 'absent' ? seen.deadPid : undefined)
    const ended = once(child, 'exit')
    postmaster = child.pid
    for (const deadline = Date.now() + startedWithinMs; (await sightServer(dir)).state !== 'ready'; ) {
      const gone = await Promise.race([ended, sleep(10)])
      if (gone || Date.now() > deadline) throw new Error(`Postgres does not start: ${await readFile(logFile, 'utf8')}`)
    }
    child.unref()
  }

  return {
    url,
    port,
    dir,
    log: () => readFile(logFile, 'utf8'),
    /** Starts the server, and resolves once it accepts connections. Rejects with its log if it does not. */
    async start(settings: Settings = {}): Promise<void> {
      await using log = await open(logFile, 'a', 0o600)
      await launch(log, settings)
    },
    isRunning: () => postmaster !== undefined && isAlive(postmaster),
    /** Kills every process of the server at once with kill -9. Resolves with their number once all have ended. */
    async kill(): Promise<number> {
      const pids = postmaster === undefined ? [] : await family(postmaster)
      signal(pids, 'SIGKILL')
      while (pids.some(isAlive)) await sleep(5)
      return pids.length
    },
    /** Freezes every process of the server, or lets them continue. */
    async freeze(): Promise<() => void> {
      const pids = postmaster === undefined ? [] : await family(postmaster)
      signal(pids, 'SIGSTOP')
      return () => signal(pids, 'SIGCONT')
    },
    run: (...statements: string[]) => runStatements(url, statements),
  }
}

export type OwnPostgres = ReturnType<typeof createServerIn>

/** Starts a Postgres that runs until the test ends. */
export async function startPostgres(t: Pick<Test, 'teardown'>, options: Options = {}): Promise<OwnPostgres> {
  const { settings, binDir = testPostgresBin, fill } = options
  const home = await createDataDir()
  const dir = join(home, 'postgres')
  if (fill) await fill(dir)
  else {
    const passwordFile = join(home, 'password')
    await writeFile(passwordFile, ownPassword, { mode: 0o600 })
    // initdb does not sync its files. The server syncs later writes.
    await createCluster(await findPostgresPrograms(binDir), { dir, passwordFile, sync: false })
  }
  const server = createServerIn(dir, { port: await freePort(), binDir })
  t.teardown(() => server.kill())
  await server.start(settings)
  return server
}
