/**
 * One Postgres for a whole test run. The process that keeps it (`keeper.ts`) ends with the run, even if the run is killed.
 * A run is named by the number of its process: that of the runner, or that of a test file that is run by itself.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, realpathSync, statfsSync } from 'node:fs'
import { readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { stopServer } from '../../src/database/embedded/postgres-cluster.ts'
import { findPostgresPrograms } from '../../src/database/embedded/postgres-programs.ts'

/** The file with which the keeper tells the processes of the run about the server. */
export interface Handover {
  readonly url: string
  readonly keeper: number
}

/** The template of test databases, with all migrations applied. It accepts no connections. */
export const TEMPLATE = 'countersign_template'

/** Other PostgreSQL programs than the npm package's: `TEST_POSTGRES_BIN=/usr/lib/postgresql/15/bin npm test`. */
export const testPostgresBin = process.env['TEST_POSTGRES_BIN'] || undefined

/** The directory of a run. */
export const clusterDir = (run: number): string => join(realpathSync(tmpdir()), `countersign-test-${run}`)

// In memory, a new database takes a tenth of the time. A run needs about one gigabyte, so a small /dev/shm is not used.
const memory = '/dev/shm'
const hasMemory = existsSync(memory) && sizeOf(memory) >= 8 * 1024 ** 3

/** The data directory of the Postgres that the tests of a run share. */
export const sharedDataDir = (run: number): string =>
  hasMemory ? join(memory, `countersign-test-${run}`) : join(clusterDir(run), 'shared')

/** The Postgres of a run, or `undefined` if it has none. */
export async function findCluster(run: number): Promise<Handover | undefined> {
  const text = await readFile(join(clusterDir(run), 'handover.json'), 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  const handover: Handover = JSON.parse(text)
  return handover
}

/** Starts a Postgres that lives until the process `run` has gone, or until `stopCluster`. */
export async function startCluster(run: number): Promise<Handover> {
  const keeper = spawn(process.execPath, [fileURLToPath(new URL('keeper.ts', import.meta.url)), String(run)], {
    detached: true,
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    env: { ...process.env, NODE_OPTIONS: '', _TAPJS_PROCESSINFO_COVERAGE_: '0' },
  })
  const ended = once(keeper, 'exit').then(() => [{ error: 'it ended without a word' }])
  const [said]: { error?: string }[] = await Promise.race([once(keeper, 'message'), ended])
  if (keeper.connected) keeper.disconnect()
  keeper.unref()
  const handover = await findCluster(run)
  if (!handover) throw new Error(`The throw-away Postgres is not usable: ${said?.error}`)
  return handover
}

/** Stops the Postgres of a run and removes its data, also if its keeper was killed. */
export async function stopCluster(run: number): Promise<void> {
  const handover = await findCluster(run)
  if (!handover) return
  while (signal(handover.keeper)) await sleep(20)
  await removeCluster(run)
}

/** Stops every server of a run, also those in directories of `createDataDir`, and removes their files. */
export async function removeCluster(run: number): Promise<void> {
  const programs = await findPostgresPrograms(testPostgresBin)
  const root = clusterDir(run)
  const inside = await readdir(root, { withFileTypes: true }).catch(() => [])
  const homes = inside.filter((entry) => entry.isDirectory()).map(({ name }) => join(root, name))
  for (const home of [sharedDataDir(run), ...homes]) await stopServer(programs, join(home, 'postgres'))
  for (const path of [sharedDataDir(run), root]) await rm(path, { recursive: true, force: true, maxRetries: 5 })
}

function signal(keeper: number): boolean {
  try {
    return process.kill(keeper, 'SIGTERM')
  } catch {
    return false
  }
}

/** The size of a file system in bytes. */
function sizeOf(path: string): number {
  const { blocks, bsize } = statfsSync(path)
  return blocks * bsize
}
