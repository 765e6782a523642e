/** Commands open the database as it is. They make none, and they do not change its tables. */
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import t from 'tap'
import { existingSecrets } from '../../src/config/generated-secret.ts'
import { migrate } from '../../src/database/migrations/migrate.ts'
import { openDatabase } from '../../src/database/open.ts'
import { openExisting } from '../../src/database/open-existing.ts'
import { createDatabase, execute } from '../setup/database.ts'

const dataDir = await mkdtemp(join(tmpdir(), 'countersign-existing-'))
t.teardown(() => rm(dataDir, { recursive: true, force: true }))

/** The names of all tables outside of the system. */
async function tables(url: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url })
  await client.connect()
  const { rows } = await client.query(`SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace`)
  await client.end()
  return rows
}

t.test('an empty database stays empty, and a sentence says what to do', async (t) => {
  const { url, drop } = await createDatabase({ migrated: false })
  t.teardown(drop)
  const refused = {
    name: 'StartError',
    message:
      /^The tables .+ \d+ migrations are missing, from \d+_init on\. Run `countersign migrate`, or start the server\.$/,
  }
  await t.rejects(openExisting({ dataDir, databaseUrl: url }), refused)
  t.same(await tables(url), [])
})

t.test('a database that is behind stays behind', async (t) => {
  const { url, drop } = await createDatabase()
  t.teardown(drop)
  const last = 'SELECT max(migration_name) FROM _prisma_migrations'
  await execute(url, `DELETE FROM _prisma_migrations WHERE migration_name = (${last})`)
  const before = await tables(url)
  await t.rejects(openExisting({ dataDir, databaseUrl: url }), {
    message: /One migration is missing, from \d+_\w+ on\./,
  })
  t.same(await tables(url), before)
})

t.test('with MIGRATE_ON_START=off, a start migrates nothing', async (t) => {
  const { url, drop } = await createDatabase({ migrated: false })
  t.teardown(drop)
  const place = { dataDir, databaseUrl: url, migrateOnStart: false }
  const dependencies = { log: () => {}, onError: () => {} }
  await t.rejects(openDatabase(place, dependencies), {
    name: 'StartError',
    message: /^The tables .+ Run `countersign migrate`: a start does not, because of MIGRATE_ON_START=off\.$/,
  })
  t.same(await tables(url), [])
  await migrate(url)
  const { close } = await openDatabase(place, dependencies)
  await close()
})

t.test('a database of this version, or of a newer one, is opened', async (t) => {
  const { url, drop } = await createDatabase()
  t.teardown(drop)
  await execute(
    url,
    `INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at) VALUES ('1', '', '29990101000000_later', now())`,
  )
  const { database, close } = await openExisting({ dataDir, databaseUrl: url })
  t.equal(await database.prisma.user.count(), 0)
  await close()
})

t.test('without DATABASE_URL and without an embedded database, nothing is made', async (t) => {
  const home = join(dataDir, 'none')
  const refused = {
    name: 'NoDatabaseError',
    message: /^There is no database yet: .+ Start the server once, .+ again\.$/,
  }
  await t.rejects(openExisting({ dataDir: home, databaseUrl: undefined }), refused)
  await t.rejects(existingSecrets({ dataDir: home, secrets: undefined }), {
    name: 'StartError',
    message: /Start the server once/,
  })
  t.same(await readdir(dataDir), [])
})

t.test('a database that does not answer is named without its password', async (t) => {
  const databaseUrl = 'postgresql://me:hunter2@127.0.0.1:1/x'
  await t.rejects(openExisting({ dataDir, databaseUrl }), {
    name: 'StartError',
    message: /^Cannot connect to Postgres at 127\.0\.0\.1:1: Error: connect ECONNREFUSED 127\.0\.0\.1:1$/,
  })
})
