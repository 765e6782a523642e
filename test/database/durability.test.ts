/** The server refuses a database that confirms commits before it has written them. */
import pg from 'pg'
import t from 'tap'
import { openDatabase } from '../../src/database/open.ts'
import { createDatabase } from '../setup/database.ts'
import { freePort } from '../setup/free-port.ts'
import { testSecret } from '../setup/node.ts'
import { launch } from '../setup/server-process.ts'

const { url, drop } = await createDatabase()
t.teardown(drop)
const name = new URL(url).pathname.slice(1)

async function setCommits(value: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query(`ALTER DATABASE ${name} SET synchronous_commit = ${value}`)
  await client.end()
}

t.test('with synchronous_commit=off the server does not start, and says what to do', async (t) => {
  await setCommits('off')
  const { exited, output } = launch({
    DATABASE_URL: url,
    PORT: String(await freePort()),
    COUNTERSIGN_SECRET: testSecret,
  })
  t.equal(await exited, 1)
  t.match(output(), /^Postgres has synchronous_commit=off.*ALTER DATABASE name SET synchronous_commit = on\.$/m)
  t.notMatch(output(), /\n\s+at /, 'without a stack')
})

for (const value of ['on', 'local']) {
  t.test(`with synchronous_commit=${value} the server accepts the database`, async () => {
    await setCommits(value)
    const config = { dataDir: '', databaseUrl: url }
    const { close } = await openDatabase(config, { log: () => {}, onError: () => {} })
    await close()
  })
}
