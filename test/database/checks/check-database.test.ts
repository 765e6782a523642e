/** A database on which the server would be wrong later is refused at the start, in one sentence for each reason. */
import { randomUUID } from 'node:crypto'
import t, { type Test } from 'tap'
import { neededRights } from '../../../src/database/checks/missing-rights.ts'
import { openDatabase } from '../../../src/database/open.ts'
import { createDatabase, execute } from '../../setup/database.ts'
import { runStatements } from '../../setup/own-postgres.ts'

const quiet = { log: () => {}, onError: () => {} }
const start = async (url: string, log: (message: string) => void = () => {}) => {
  const { close } = await openDatabase({ dataDir: '', databaseUrl: url }, { ...quiet, log })
  await close()
}
const messageOf = (url: string): Promise<string> =>
  start(url).then(
    () => 'it starts',
    (error: Error) => `${error.name}: ${error.message}`,
  )
const tablesOf = async (url: string) =>
  (
    await runStatements(url, [`SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY 1`])
  )[0]?.map(({ name }) => name)

/** A database of this test, and the statement that changes it. */
async function database(t: Pick<Test, 'teardown'>, { migrated = false } = {}) {
  const { url, drop } = await createDatabase({ migrated })
  t.teardown(drop)
  const name = new URL(url).pathname.slice(1)
  return { url, name, set: (change: string) => execute(url, `ALTER DATABASE ${name} ${change}`) }
}

t.test('a database in another encoding than UTF8 is refused, and stays empty', async (t) => {
  const { url } = await database(t)
  const name = `latin_${randomUUID().replaceAll('-', '')}`
  await execute(url, `CREATE DATABASE ${name} ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0`)
  t.teardown(() => execute(url, `DROP DATABASE ${name} WITH (FORCE)`))
  const latin = Object.assign(new URL(url), { pathname: name }).href
  t.match(await messageOf(latin), /^StartError: The database "latin_\w+" has the encoding LATIN1.*ENCODING 'UTF8'/)
  t.same(await tablesOf(latin), [])
})

t.test('all problems are told together, and nothing is written', async (t) => {
  const { url, set } = await database(t)
  await set('SET synchronous_commit = off')
  await set('SET default_transaction_read_only = on')
  const message = await messageOf(url)
  t.match(
    message,
    /Nothing can be written, because default_transaction_read_only is on.* RESET default_transaction_read_only/,
  )
  t.match(message, /Postgres has synchronous_commit=off/)
  t.equal(message.split('\n').length, 2)
  t.same(await tablesOf(url), [])
})

t.test('a search path that leads elsewhere is refused', async (t) => {
  const { url, set } = await database(t)
  await execute(url, 'CREATE SCHEMA elsewhere')
  await set('SET search_path = elsewhere')
  t.match(await messageOf(url), /Tables would be in the schema "elsewhere" and not in "public".*set DATABASE_SCHEMA/)
})

t.test('the tables of another program are refused, and nothing is made beside them', async (t) => {
  const { url } = await database(t)
  await execute(url, 'CREATE TABLE _prisma_migrations (migration_name text, rolled_back_at timestamptz)')
  await execute(url, `INSERT INTO _prisma_migrations VALUES ('20240101000000_shop')`)
  t.match(await messageOf(url), /The schema "public" has the tables of another program.*DATABASE_SCHEMA/)
  t.same(await tablesOf(url), ['_prisma_migrations'])
})

t.test('a database that is ahead of this version is accepted', async (t) => {
  const { url } = await database(t, { migrated: true })
  await execute(
    url,
    `INSERT INTO _prisma_migrations (id, checksum, migration_name, started_at, finished_at)
      VALUES ('x', 'x', '99990101000000_later', now(), now())`,
  )
  t.equal(await messageOf(url), 'it starts')
})

t.test('a role that lacks rights is told what to run, and that suffices', async (t) => {
  const { url, name } = await database(t, { migrated: true })
  const role = `lacking_${randomUUID().replaceAll('-', '').slice(0, 12)}`
  await execute(url, `CREATE ROLE ${role} LOGIN PASSWORD 'of-a-test'`)
  t.teardown(async () => {
    await execute(url, `DROP OWNED BY ${role}`)
    await execute(url, `DROP ROLE ${role}`)
  })
  const own = Object.assign(new URL(url), { username: role, password: 'of-a-test', pathname: name }).href
  await execute(url, `GRANT SELECT ON _prisma_migrations TO ${role}`)
  const message = await messageOf(own)
  t.match(message, /lacks rights. Run, as the owner: GRANT SELECT ON attempts TO "lacking_\w+"; /)
  t.match(message, /GRANT USAGE ON SEQUENCE audit_events_id_seq TO /)
  t.notMatch(message, /UPDATE ON audit_events/, 'no more than it needs')
  const [, grants = ''] = /as the owner: (.*)\.$/.exec(message) ?? []
  await runStatements(url, grants.split('; '))
  t.equal(await messageOf(own), 'it starts')
})

t.test('a schema that the role may not use is named, with the right to grant', async (t) => {
  const { url, name } = await database(t)
  const role = `outside_${randomUUID().replaceAll('-', '').slice(0, 12)}`
  await execute(url, `CREATE ROLE ${role} LOGIN PASSWORD 'of-a-test'`)
  t.teardown(() => execute(url, `DROP ROLE ${role}`))
  await execute(url, 'CREATE SCHEMA auth')
  const own = Object.assign(new URL(url), {
    username: role,
    password: 'of-a-test',
    pathname: name,
    search: '?schema=auth',
  })
  t.match(await messageOf(own.href), /may not use the schema "auth".*GRANT USAGE ON SCHEMA "auth" TO "outside_\w+"/)
})

t.test('a table that is gone is named, although its migration is recorded', async (t) => {
  const { url } = await database(t, { migrated: true })
  await execute(url, 'DROP TABLE attempts')
  t.match(await messageOf(url), /Tables are missing.*: attempts\. Restore a backup/)
})

t.test('the list of rights has every table', async (t) => {
  const { url } = await database(t, { migrated: true })
  t.same(await tablesOf(url), Object.keys(neededRights).toSorted())
})

t.test('a Postgres with too few connections for this process gets a warning', async (t) => {
  const { url, set } = await database(t)
  const lines: string[] = []
  await set('CONNECTION LIMIT 10')
  // The address lets the process have no more than the limit, so that the start itself has room.
  await start(url, (line) => lines.push(line))
  t.match(
    lines.filter((line) => line.includes('DATABASE_POOL_SIZE')),
    [/may open 22 connections, and Postgres has room for/],
  )
})
