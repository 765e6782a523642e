/** Migrations are applied once and completely, and recorded in Prisma's table. Errors say what to do. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Client } from 'pg'
import t, { type Test } from 'tap'
import { deploy, diagnose } from '../../scripts/schema-engine.ts'
import { migrate } from '../../src/database/migrations/migrate.ts'
import { createDatabase } from '../setup/database.ts'

type Scripts = Record<string, string>
const ownMigrations = fileURLToPath(new URL('../../prisma/migrations', import.meta.url))
const two: Scripts = { '1_cats': 'CREATE TABLE cats (name text);', '2_dogs': 'CREATE TABLE dogs (name text);' }

function migrationsDir(test: Test, scripts: Scripts): string {
  const folders = Object.entries(scripts).map(([name, sql]) => [name, { 'migration.sql': sql }])
  return test.testdir({ 'migration_lock.toml': 'provider = "postgresql"\n', ...Object.fromEntries(folders) })
}

async function emptyDatabase(test: Test) {
  const { url, drop } = await createDatabase({ migrated: false })
  const client = new Client({ connectionString: url })
  await client.connect()
  test.teardown(async () => {
    await client.end()
    await drop()
  })
  const column = async (sql: string): Promise<string[]> =>
    (await client.query<unknown[]>({ text: sql, rowMode: 'array' })).rows.flat().map(String)
  const tables = () =>
    column("SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'")
  return { url, client, column, tables }
}

await t.test('every migration is applied once, in order', async (t) => {
  const { url, tables } = await emptyDatabase(t)
  const options = { migrationsDir: migrationsDir(t, two) }
  t.same(await migrate(url, options), ['1_cats', '2_dogs'])
  t.same(await migrate(url, options), [])
  t.same((await tables()).toSorted(), ['_prisma_migrations', 'cats', 'dogs'])
})

await t.test('Prisma accepts a database that the server has migrated', async (t) => {
  const { url } = await emptyDatabase(t)
  const applied = await migrate(url)
  t.not(applied.length, 0)
  const ours = { url, migrationsDir: ownMigrations }
  const sound = { editedMigrationNames: [], failedMigrationNames: [], hasMigrationsTable: true, history: null }
  t.same(await diagnose(ours), sound)
  t.same(await deploy(ours), [], 'prisma migrate deploy has nothing to do')
})

await t.test('the server accepts a database that Prisma has migrated', async (t) => {
  const [ours, prismas] = [await emptyDatabase(t), await emptyDatabase(t)]
  const applied = await deploy({ url: prismas.url, migrationsDir: ownMigrations })
  t.same(await migrate(prismas.url), [])
  t.same(await migrate(ours.url), applied)
  const shape = `SELECT format('%s %s %s %s', attname, format_type(atttypid, atttypmod), attnotnull, pg_get_expr(adbin, adrelid))
    FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
    WHERE attrelid = '_prisma_migrations'::regclass AND attnum > 0 ORDER BY attnum`
  const row = `SELECT concat_ws(' ', migration_name, checksum, logs IS NULL, rolled_back_at, applied_steps_count,
    started_at < finished_at) FROM _prisma_migrations ORDER BY started_at`
  for (const sql of [shape, row]) t.same(await ours.column(sql), await prismas.column(sql))
})

await t.test('nodes that start at once apply each migration once', async (t) => {
  const { url, column } = await emptyDatabase(t)
  const slow = Object.entries(two).map(([name, sql]) => [name, `${sql} SELECT pg_sleep(0.1);`])
  const options = { migrationsDir: migrationsDir(t, Object.fromEntries(slow)) }
  // With this default, a node that waited would still see the state from before its wait.
  const strict = `${url}&options=${encodeURIComponent('-c default_transaction_isolation=serializable')}`
  const applied = await Promise.all(Array.from({ length: 5 }, () => migrate(strict, options)))
  t.same(applied.flat().toSorted(), ['1_cats', '2_dogs'])
  t.same(await column('SELECT migration_name FROM _prisma_migrations ORDER BY started_at'), ['1_cats', '2_dogs'])
})

await t.test('a migration that was edited after it was applied is refused by name', async (t) => {
  const { url, tables } = await emptyDatabase(t)
  await migrate(url, { migrationsDir: migrationsDir(t, { '1_cats': 'CREATE TABLE cats (name text);\n' }) })
  const edited = { '1_cats': 'CREATE TABLE cats (name text, age int);\n', '2_dogs': 'CREATE TABLE dogs ();' }
  await t.rejects(migrate(url, { migrationsDir: migrationsDir(t, edited) }), { message: /1_cats was edited after/ })
  t.notOk((await tables()).includes('dogs'), 'and nothing after it is applied')
  const windows = migrationsDir(t, { '1_cats': 'CREATE TABLE cats (name text);\r\n' })
  t.same(await migrate(url, { migrationsDir: windows }), [], 'line endings are not an edit')
})

await t.test("a migration that Prisma's own deploy left half done is refused by name", async (t) => {
  const { url } = await emptyDatabase(t)
  const broken = migrationsDir(t, { '1_cats': 'CREATE TABLE cats (name nonsense);' })
  await t.rejects(deploy({ url, migrationsDir: broken }))
  await t.rejects(migrate(url, { migrationsDir: migrationsDir(t, two) }), {
    message: /1_cats was begun.*did not finish.*resolve --rolled-back 1_cats/,
  })
})

await t.test('a failed migration changes nothing, and succeeds once it is corrected', async (t) => {
  const { url, tables, column } = await emptyDatabase(t)
  const broken = { ...two, '2_dogs': 'CREATE TABLE dogs (name text);\nINSERT INTO dogs VALUES (1, 2);' }
  await t.rejects(migrate(url, { migrationsDir: migrationsDir(t, broken) }), {
    message: /2_dogs failed and was rolled back: INSERT has more expressions.* at line 2 \[42601\]/,
  })
  t.same((await tables()).toSorted(), ['_prisma_migrations', 'cats'])
  t.same(await column('SELECT migration_name FROM _prisma_migrations'), ['1_cats'])
  t.same(await migrate(url, { migrationsDir: migrationsDir(t, two) }), ['2_dogs'])
})

await t.test('a migration whose process is killed changes nothing', async (t) => {
  const { url, tables, column } = await emptyDatabase(t)
  const slow = migrationsDir(t, { '1_cats': 'CREATE TABLE cats (name text); SELECT pg_sleep(60);' })
  const child = fork(fileURLToPath(new URL('migrate-process.ts', import.meta.url)), [url, slow])
  const asleep = `SELECT pid FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()`
  while ((await column(asleep)).length === 0) await sleep(20)
  child.kill('SIGKILL')
  await once(child, 'exit')
  t.same(await migrate(url, { migrationsDir: migrationsDir(t, two), lockWaitSeconds: 20 }), ['1_cats', '2_dogs'])
  t.same((await tables()).toSorted(), ['_prisma_migrations', 'cats', 'dogs'])
})

await t.test('a migration that ends its own transaction is detected', async (t) => {
  const { url } = await emptyDatabase(t)
  const options = { migrationsDir: migrationsDir(t, { '1_cats': 'CREATE TABLE cats (name text); COMMIT;' }) }
  await t.rejects(migrate(url, options), { message: /1_cats ended its transaction/ })
  await t.rejects(migrate(url, options), { message: /1_cats was begun.*did not finish/ }, 'and stays so until repaired')
})

await t.test('migrations of a newer build are accepted', async (t) => {
  const { url } = await emptyDatabase(t)
  await migrate(url, { migrationsDir: migrationsDir(t, { ...two, '3_newer': 'SELECT 1;' }) })
  const said: string[] = []
  t.same(await migrate(url, { migrationsDir: migrationsDir(t, two), log: (message) => said.push(message) }), [])
  t.match(said, [/ahead of this build.*3_newer/])
})

await t.test('a server older than Postgres 15 is refused', async (t) => {
  const { url, client } = await emptyDatabase(t)
  await client.query(`CREATE SCHEMA old;
    CREATE FUNCTION old.current_setting(text) RETURNS text LANGUAGE sql AS $$ SELECT '140011' $$`)
  const old = `${url}&options=${encodeURIComponent('-c search_path=old,pg_catalog')}`
  await t.rejects(migrate(old), { message: /This is Postgres 14; Countersign needs Postgres 15 or newer/ })
})

await t.test('waiting for the migration of another node has a limit', async (t) => {
  const { url, client } = await emptyDatabase(t)
  await client.query('SELECT pg_advisory_lock(72707369)') // as Prisma holds it
  const options = { migrationsDir: migrationsDir(t, two), lockWaitSeconds: 0.2 }
  await t.rejects(migrate(url, options), { message: /Another node has been migrating this database for 0.2 s/ })
  await client.query('SELECT pg_advisory_unlock_all()')
  t.same(await migrate(url, options), ['1_cats', '2_dogs'])
})

await t.test('a migration may take longer than the statements of the application', async (t) => {
  const { url, client } = await emptyDatabase(t)
  const impatient = `${url}&options=${encodeURIComponent('-c statement_timeout=100')}`
  await t.rejects(client.query('SET statement_timeout = 100; SELECT pg_sleep(1)'), { code: '57014' })
  const slow = migrationsDir(t, { '1_cats': 'CREATE TABLE cats (name text); SELECT pg_sleep(0.3);' })
  t.same(await migrate(impatient, { migrationsDir: slow }), ['1_cats'])
})

await t.test('the error about an unreachable server names it, without the password', async (t) => {
  const error = await migrate('postgresql://someone:secret@127.0.0.1:1/nowhere').catch(String)
  t.match(error, /Cannot connect to Postgres at 127\.0\.0\.1:1: .*ECONNREFUSED/)
  t.notMatch(error, /secret/)
})
