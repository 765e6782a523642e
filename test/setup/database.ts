/** A database of one's own for a test, on the run's Postgres, so that tests need not know of each other. */
import { randomUUID } from 'node:crypto'
import { mkdtemp } from 'node:fs/promises'
import { join } from 'node:path'
import { Client } from 'pg'
import { createDatabase as createClient, type Database } from '../../src/database/client.ts'
import { clusterDir, findCluster, startCluster, TEMPLATE } from './cluster.ts'

export interface TestDatabase {
  readonly url: string
  /** Removes the database, cutting off whoever is still connected. */
  readonly drop: () => Promise<void>
}

// A machine that runs other tests meanwhile may be slow, and a test must not fail for that.
const patience = { connectionMs: 30_000, statementMs: 30_000, requestMs: 60_000, idleMs: 60_000 }

/** A connection as the server has it, but with more patience. */
export const connect = (url: string, onError: (error: Error) => void = () => {}): Database =>
  createClient(url, onError, patience)

let home: Promise<{ url: string; dir: string }> | undefined

/** A new database: with all migrations applied, or else with nothing in it. */
export async function createDatabase({ migrated = true } = {}): Promise<TestDatabase> {
  const { url } = await (home ??= findHome())
  const name = `test_${randomUUID().replaceAll('-', '')}`
  await execute(url, `CREATE DATABASE ${name} TEMPLATE ${migrated ? TEMPLATE : 'template0'} STRATEGY FILE_COPY`)
  return {
    url: Object.assign(new URL(url), { pathname: name }).href,
    drop: () => execute(url, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
  }
}

/** An empty directory for a Postgres of one's own: removed with the run, and any server in it ended, whatever happens. */
export async function createDataDir(): Promise<string> {
  const { dir } = await (home ??= findHome())
  return mkdtemp(join(dir, 'data-'))
}

async function findHome(): Promise<{ url: string; dir: string }> {
  const run = process.ppid
  const shared = await findCluster(run)
  if (shared) {
    endWith(run)
    return { url: shared.url, dir: clusterDir(run) }
  }
  const { url } = await startCluster(process.pid)
  return { url, dir: clusterDir(process.pid) }
}

// Where tap is killed, its test files would go on, and start servers in a directory that has been cleared away.
function endWith(run: number): void {
  setInterval(() => {
    if (process.ppid !== run) process.exit(1)
  }, 100).unref()
}

/** Runs a statement over a connection of its own. */
export async function execute(url: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}
