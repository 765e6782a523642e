/** The environment of a run: a temporary Postgres that waits for the disk as in production, and a directory. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { startEmbedded } from '../../src/database/embedded/embedded.ts'
import { migrate } from '../../src/database/migrations/migrate.ts'

export type Place = {
  readonly directory: string
  /** The settings and the version of Postgres. */
  readonly postgres: string
  /** Creates a database, with the tables of the server if `migrated`, and returns its URL. */
  newDatabase(options?: { migrated?: boolean }): Promise<string>
  /** Adds work for the end. The last one runs first. */
  atEnd(step: () => unknown): void
}

// The settings of a small machine. Every commit waits for the disk: fsync and synchronous_commit are on.
const settings = { max_connections: '300', shared_buffers: '1GB', max_wal_size: '8GB', checkpoint_timeout: '15min' }

/** Runs `use` in such an environment, and removes it afterwards. */
export async function withPlace<T>(use: (place: Place) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(process.env['BENCH_DIR'] ?? tmpdir(), 'countersign-bench-'))
  const steps: (() => unknown)[] = [() => rm(directory, { recursive: true, force: true, maxRetries: 5 })]
  const leave = async () => {
    for (let step = steps.pop(); step; step = steps.pop()) await step()
  }
  // An interrupted run must leave no Postgres.
  const interrupt = () => void leave().finally(() => process.exit(130))
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt)
  try {
    const postgres = await startEmbedded({ dataDir: join(directory, 'data'), settings })
    steps.push(() => postgres.stop({ force: true }))
    const admin = new pg.Client({ connectionString: postgres.url })
    await admin.connect()
    steps.push(() => admin.end())
    const { rows } = await admin.query<{ version: string }>(
      `SELECT 'PostgreSQL ' || current_setting('server_version') || ', fsync ' || current_setting('fsync')
        || ', synchronous_commit ' || current_setting('synchronous_commit')
        || ', shared_buffers ' || current_setting('shared_buffers') AS version`,
    )
    let databases = 0
    return await use({
      directory,
      postgres: rows[0]?.version ?? '',
      async newDatabase({ migrated = false } = {}) {
        const name = `bench_${databases++}`
        await admin.query(`CREATE DATABASE ${name}`)
        const url = Object.assign(new URL(postgres.url), { pathname: name }).href
        if (migrated) await migrate(url, { log: () => {} })
        return url
      },
      atEnd: (step) => void steps.push(step),
    })
  } finally {
    await leave()
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt)
  }
}
