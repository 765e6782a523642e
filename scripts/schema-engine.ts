/** Prisma's schema engine in WebAssembly, which does the work of `prisma migrate` without a download. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils'
import type { DiagnoseMigrationHistoryOutput, MigrationList, SchemaEngine } from '@prisma/schema-engine-wasm'
import * as glue from '@prisma/schema-engine-wasm/schema_engine_bg'
import { schemaEngineConnections } from './schema-engine-adapter.ts'

export interface MigratedDatabase {
  /** The database to work on. `drift` makes another one on the same server. */
  readonly url: string
  readonly migrationsDir: string
}

const filters = { externalTables: [], externalEnums: [] }

/**
 * The SQL from the state after all migrations to the schema (its text), or '' if they agree. It does not see what schema.prisma
 * cannot describe: functions, CHECKs, partial and expression indexes, storage parameters.
 */
export async function drift({ url, migrationsDir }: MigratedDatabase, schema: string): Promise<string> {
  const migrations = await readMigrationList(migrationsDir)
  const { exitCode, stdout } = await withEngine(url, (engine) =>
    engine.diff({
      from: { tag: 'migrations', ...migrations },
      to: { tag: 'schemaDatamodel', files: [{ path: 'schema.prisma', content: schema }] },
      script: true,
      exitCode: true,
      filters,
    }),
  )
  return exitCode === 0 ? '' : (stdout ?? '')
}

/** The result of `prisma migrate status`: migrations that are edited, failed, missing or unknown. */
export async function diagnose({ url, migrationsDir }: MigratedDatabase): Promise<DiagnoseMigrationHistoryOutput> {
  const migrationsList = await readMigrationList(migrationsDir)
  return withEngine(url, (engine) =>
    engine.diagnoseMigrationHistory({ migrationsList, optInToShadowDatabase: false, filters }),
  )
}

/** Runs `prisma migrate deploy`, and returns the names of the applied migrations. */
export async function deploy({ url, migrationsDir }: MigratedDatabase): Promise<readonly string[]> {
  const migrationsList = await readMigrationList(migrationsDir)
  const { appliedMigrationNames } = await withEngine(url, (engine) =>
    engine.applyMigrations({ migrationsList, filters }),
  )
  return appliedMigrationNames
}

async function withEngine<T>(url: string, use: (engine: SchemaEngine) => Promise<T>): Promise<T> {
  await (loaded ??= load())
  const connections = schemaEngineConnections(url)
  const datamodels: [string, string][] = [['schema.prisma', 'datasource db {\n  provider = "postgresql"\n}\n']]
  const engine = await glue.SchemaEngine.new(
    { datamodels },
    () => {},
    bindMigrationAwareSqlAdapterFactory(connections.factory),
  )
  try {
    return await use(engine)
  } finally {
    engine.free()
    await connections.dispose()
  }
}

// The entry of the package imports the .wasm file as a module, which leaves no way to change its timer.
interface Instance {
  readonly exports: Readonly<Record<string, () => void>>
}
interface Instantiate {
  (bytes: Uint8Array, imports: object): Promise<{ instance: Instance }>
}
declare const WebAssembly: { readonly instantiate: Instantiate } // in neither @types/node nor TypeScript's es2024

let loaded: Promise<void> | undefined
async function load(): Promise<void> {
  const file = new URL('schema_engine_bg.wasm', import.meta.resolve('@prisma/schema-engine-wasm/schema_engine_bg'))
  const timers = Object.keys(glue).filter((name) => name.startsWith('__wbg_setTimeout_'))
  const imports = { ...glue, ...Object.fromEntries(timers.map((name) => [name, idleTimeout])) }
  const { instance } = await WebAssembly.instantiate(await readFile(file), { './schema_engine_bg.js': imports })
  Object.assign(globalThis, {
    PRISMA_WASM_PANIC_REGISTRY: { set_message: (message: string) => console.error(message) },
  })
  const { __wbg_set_wasm: connect } = glue
  connect(instance.exports)
  instance.exports['__wbindgen_start']?.()
}

// The engine gives up on its advisory lock after 10 s. That timer must not keep the process alive.
function idleTimeout(run: () => void, milliseconds: number): NodeJS.Timeout {
  return setTimeout(run, milliseconds).unref()
}

async function readMigrationList(dir: string): Promise<MigrationList> {
  const folders = (await readdir(dir, { withFileTypes: true })).filter((entry) => entry.isDirectory())
  const names = folders.map(({ name }) => name).toSorted()
  return {
    baseDir: dir,
    lockfile: { path: 'migration_lock.toml', content: await readFile(join(dir, 'migration_lock.toml'), 'utf8') },
    shadowDbInitScript: '',
    migrationDirectories: await Promise.all(
      names.map(async (path) => ({
        path,
        migrationFile: {
          path: 'migration.sql',
          content: { tag: 'ok' as const, value: await readFile(join(dir, path, 'migration.sql'), 'utf8') },
        },
      })),
    ),
  }
}
