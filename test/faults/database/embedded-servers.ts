/** Starts, queries and kills servers for the tests of the embedded Postgres. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Client } from 'pg'
import { type Embedded, startEmbedded } from '../../../src/database/embedded/embedded.ts'
import { testPostgresBin as binDir } from '../../setup/cluster.ts'

/** Starts as `npm start` would, with the Postgres under test. */
export const start = (dataDir: string): Promise<Embedded> => startEmbedded({ dataDir, binDir })

export async function connect(url: string): Promise<Client> {
  const client = new Client({ connectionString: url })
  client.on('error', () => {}) // servers are killed here
  await client.connect()
  return client
}

/** The first column of a query. */
export async function ask(url: string, sql: string): Promise<unknown> {
  const client = await connect(url)
  const { rows } = await client.query({ text: sql, rowMode: 'array' })
  await client.end()
  return rows.length > 1 ? rows.flat() : rows[0]?.[0]
}

/** A process that uses the server in a directory until it is killed or told to stop. */
export async function startProcess(dataDir: string) {
  const child = fork(fileURLToPath(new URL('embedded-process.ts', import.meta.url)), [dataDir, binDir ?? ''], {
    detached: true,
  })
  const ended = once(child, 'exit')
  const [url]: string[] = await Promise.race([once(child, 'message'), ended])
  return {
    url: url ?? '',
    kill: async () => {
      process.kill(-child.pid!, 'SIGKILL') // and all that a terminal would take down with it
      await ended
    },
    stop: async () => {
      child.send('stop')
      await ended
    },
  }
}

export const serverPid = async (dataDir: string): Promise<number> =>
  Number.parseInt(await readFile(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8'), 10)

export const isRunning = (dataDir: string): Promise<boolean> =>
  serverPid(dataDir).then(
    () => true,
    () => false,
  )

/** Kills the main process of the server. The others notice a little later. */
export const killPostmaster = async (dataDir: string): Promise<boolean> =>
  process.kill(await serverPid(dataDir), 'SIGKILL')

/** Kills every process of the server at once, as a power failure would. */
export async function killServer(dataDir: string, url: string): Promise<void> {
  const pids = [await serverPid(dataDir), ...[await ask(url, 'SELECT pid FROM pg_stat_activity')].flat()]
  for (const pid of pids.map(Number)) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {} // the connection that asked has gone
  }
}
