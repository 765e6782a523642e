/** Where a run takes place: a throw-away Postgres that waits for the disk as a real one does, and a directory. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { startEmbedded } from '../../src/database/embedded/embedded.ts'
import { migrate } from '../../src/database/migrations/migrate.ts'

export type Place = {
  readonly directory: string
  /** What Postgres runs with, and which it is. */
  readonly postgres: string
  /** The address of a new database; with `migrated`, one with our tables. */
  newDatabase(options?: { migrated?: boolean }): Promise<string>
  /** To be done at the end, the last one first. */
  atEnd(step: () => unknown): void
}

// As an operator of a small machine would have it. Every commit waits for the disk: fsync and synchronous_commit are on.
const settings = { max_connections: '300', shared_buffers: '1GB', max_wal_size: '8GB', checkpoint_timeout: '15min' }

/** Runs `use` there, and leaves nothing of it behind. */
export async function withPlace<T>(use: (place: Place) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(process.env['BENCH_DIR'] ?? tmpdir(), 'countersign-bench-'))
  const steps: (() => unknown)[] = [() => rm(directory, { recursive: true, force: true, maxRetries: 5 })]
  const leave = async () => {
    for (let step = steps.pop(); step; step = steps.pop()) await step()
  }
  // Whoever interrupts a run finds no Postgres of it later.
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
