/**
 * One Postgres for a whole test run, in a process of its own (`keeper.ts`) that ends with the run, however the run ends.
 * A run is known by its process: tap's own, or that of a test file that somebody runs by itself.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { realpathSync } from 'node:fs'
import { readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { stopServer } from '../../src/database/embedded/postgres-cluster.ts'
import { findPostgresPrograms } from '../../src/database/embedded/postgres-programs.ts'

/** What the keeper tells the run's processes. */
export interface Handover {
  readonly url: string
  readonly keeper: number
}

/** A database in every cluster, with all migrations applied, that no one can connect to: a copy takes 50 ms. */
export const TEMPLATE = 'countersign_template'

/** Other PostgreSQL programs than the npm package's: `TEST_POSTGRES_BIN=/usr/lib/postgresql/15/bin npm test`. */
export const testPostgresBin = process.env['TEST_POSTGRES_BIN'] || undefined

/** Where the Postgres of a run keeps everything. */
export const clusterDir = (run: number): string => join(realpathSync(tmpdir()), `countersign-test-${run}`)

/** The Postgres of a run, or `undefined` where it has none. */
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

/** Ends the Postgres of a run and removes its data, also where its keeper was killed. */
export async function stopCluster(run: number): Promise<void> {
  const handover = await findCluster(run)
  if (!handover) return
  while (signal(handover.keeper)) await sleep(20)
  await removeCluster(run)
}

/** Ends every server under a run's directory (`createDataDir` makes more of them) and removes it all. */
export async function removeCluster(run: number): Promise<void> {
  const programs = await findPostgresPrograms(testPostgresBin)
  const root = clusterDir(run)
  const inside = await readdir(root, { withFileTypes: true }).catch(() => [])
  const homes = inside.filter((entry) => entry.isDirectory()).map(({ name }) => join(root, name))
  for (const home of [root, ...homes]) await stopServer(programs, join(home, 'postgres'))
  await rm(root, { recursive: true, force: true, maxRetries: 5 })
}

function signal(keeper: number): boolean {
  try {
    return process.kill(keeper, 'SIGTERM')
  } catch {
    return false
  }
}
