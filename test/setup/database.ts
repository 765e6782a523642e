/** A database for one test, on the Postgres of the run, so that tests do not affect each other. */
import { randomUUID } from 'node:crypto'
import { mkdtemp } from 'node:fs/promises'
import { join } from 'node:path'
import { Client } from 'pg'
import { createDatabase as createClient, type Database } from '../../src/database/client.ts'
import { clusterDir, findCluster, startCluster, TEMPLATE } from './cluster.ts'

export interface TestDatabase {
  readonly url: string
  /** Removes the database, and ends the connections to it. */
  readonly drop: () => Promise<void>
}

// The machine may be busy with other tests, and no test may fail for that.
const patience = { connectionMs: 30_000, statementMs: 30_000, requestMs: 60_000, idleMs: 60_000 }

/** A pool like that of the server, with longer time limits. */
export const connect = (url: string, onError: (error: Error) => void = () => {}): Database =>
  createClient(url, onError, patience)

let home: Promise<{ url: string; dir: string }> | undefined

/** Creates a database, with all migrations applied or empty. */
export async function createDatabase({ migrated = true } = {}): Promise<TestDatabase> {
  const { url } = await (home ??= findHome())
  const name = `test_${randomUUID().replaceAll('-', '')}`
  await execute(url, `CREATE DATABASE ${name} TEMPLATE ${migrated ? TEMPLATE : 'template0'} STRATEGY FILE_COPY`)
  return {
    url: Object.assign(new URL(url), { pathname: name }).href,
    drop: () => execute(url, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
  }
}

/** Creates an empty directory on disk for another Postgres. The end of the run removes it, and stops the server in it. */
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

// If the runner is killed, its test files would go on, and start servers in a directory that is removed.
function endWith(run: number): void {
  setInterval(() => {
    if (process.ppid !== run) process.exit(1)
  }, 100).unref()
}

/** Runs a statement over a new connection. */
export async function execute(url: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}
