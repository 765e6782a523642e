/** A migration does not hold up the statements of running nodes while it waits for a long transaction. */
import { Client } from 'pg'
import t, { type Test } from 'tap'
import { migrate } from '../../src/database/migrations/migrate.ts'
import { createDatabase } from '../setup/database.ts'

/** A table, and a transaction that has read it and goes on, such as a dump. */
async function heldTable(t: Test) {
  const { url, drop } = await createDatabase({ migrated: false })
  const open = async (name: string) => {
    const client = new Client({ connectionString: url, application_name: name })
    await client.connect()
    return client
  }
  const [dump, node] = await Promise.all([open('nightly-dump'), open('node')])
  t.teardown(async () => {
    await Promise.all([dump.end(), node.end()])
    await drop()
  })
  await node.query('CREATE TABLE cats (name text)')
  await dump.query("BEGIN; SELECT 'secret', count(*) FROM cats")
  const migrationsDir = t.testdir({ '1_age': { 'migration.sql': 'ALTER TABLE cats ADD COLUMN age int;' } })
  const said: string[] = []
  const news = Promise.withResolvers<void>()
  const log = (message: string) => {
    said.push(message)
    news.resolve()
  }
  return { url, dump, node, said, options: { migrationsDir, log }, untilSaid: news.promise }
}

await t.test('writes go through while a transaction holds the table, and the migration lands after it', async (t) => {
  const { url, dump, node, said, options, untilSaid } = await heldTable(t)
  const migrating = migrate(url, { ...options, tableLockMs: 500 })
  const waiting = `SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`
  while ((await node.query(waiting)).rowCount === 0);
  // Without the end of the wait, this write waits for the transaction, which waits for this write.
  await node.query("INSERT INTO cats VALUES ('Tom')")
  t.pass('a write goes through')
  await untilSaid
  await node.query("INSERT INTO cats VALUES ('Garfield')")
  await dump.query('COMMIT')
  t.same(await migrating, ['1_age'])
  t.same((await node.query('SELECT name, age FROM cats')).rowCount, 2, 'no write is lost')
  t.match(
    said[0],
    /^migration 1_age waits .* held by process \d+ \(application_name nightly-dump, idle in transaction, its transaction is \d+ s old\)$/,
  )
  t.match(said.at(-1), /^migration 1_age applied$/)
  t.notMatch(said.join(), /secret/, 'no text of a query is logged')
})

await t.test('a transaction that never ends is named, and nothing is changed', async (t) => {
  const { url, node, options } = await heldTable(t)
  await t.rejects(migrate(url, { ...options, tableLockMs: 500, lockWaitSeconds: 0.1 }), {
    name: 'StartError',
    message:
      /^Migration 1_age could not lock its tables for 0\.1 s, and was rolled back: they are held by process \d+ \(application_name nightly-dump.*Let that transaction end/,
  })
  t.same((await node.query("SELECT FROM pg_class WHERE relname = '_prisma_migrations'")).rowCount, 0)
})

await t.test('a migration that a deadlock ended is tried again', async (t) => {
  const { url, dump, node, options } = await heldTable(t)
  await dump.query('ROLLBACK')
  await node.query('CREATE TABLE dogs ()')
  const migrationsDir = t.testdir({
    '1_both': { 'migration.sql': 'ALTER TABLE cats ADD COLUMN age int; ALTER TABLE dogs ADD COLUMN age int;' },
  })
  await node.query('SET deadlock_timeout = 60000')
  await node.query('BEGIN; SELECT FROM dogs')
  const migrating = migrate(url, { ...options, migrationsDir, tableLockMs: 60_000 })
  const waiting = `SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`
  while ((await dump.query(waiting)).rowCount === 0);
  await node.query('SELECT FROM cats')
  await node.query('COMMIT')
  t.same(await migrating, ['1_both'])
})
