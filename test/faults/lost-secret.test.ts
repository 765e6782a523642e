/** COUNTERSIGN_SECRET is lost: the statements of docs/guides/backup-and-restore.md let the server start with a new one. */
import { readFile } from 'node:fs/promises'
import t from 'tap'
import { call, password, register } from '../setup/client.ts'
import { createDatabase } from '../setup/database.ts'
import { runStatements } from '../setup/own-postgres.ts'
import { launch, startServer, testSettings } from '../setup/server-process.ts'

const lost = { COUNTERSIGN_SECRET: 'a secret that was lost and of 32 characters and more' }
const fresh = { COUNTERSIGN_SECRET: 'a secret that is new and of 32 characters and more' }

/** The statements under the heading. */
async function documented(): Promise<string[]> {
  const page = await readFile('docs/guides/backup-and-restore.md', 'utf8')
  const part = page.slice(page.indexOf('## If the secret is lost'))
  return [...part.matchAll(/-c "([^"]+)"/g)].map(([, statement = '']) => statement)
}

t.test('a lost secret costs the sessions, and no account', { timeout: 290_000 }, async (t) => {
  const { url, drop } = await createDatabase()
  t.teardown(drop)
  const before = await startServer({ DATABASE_URL: url, ...lost })
  const { user, refresh_token, access_token } = await register(before.baseUrl)
  before.child.kill('SIGTERM')
  await before.exited

  const refused = launch({ ...testSettings, PORT: '0', PUBLIC_URL: before.baseUrl, DATABASE_URL: url, ...fresh })
  t.equal(await refused.exited, 1)
  t.match(refused.output(), /\nCOUNTERSIGN_SECRET does not open the signing keys in this database\./)

  const statements = await documented()
  t.ok(statements.length >= 3)
  await runStatements(url, statements)
  const after = await startServer({ DATABASE_URL: url, ...fresh })
  t.equal((await call(`${after.baseUrl}/auth/refresh`, { body: { refresh_token } })).status, 401)
  t.equal((await call(`${after.baseUrl}/auth/whoami`, { token: access_token })).status, 401)
  t.equal((await call(`${after.baseUrl}/auth/login`, { body: { email: user.email, password } })).status, 200)
  after.child.kill('SIGTERM')
  t.equal(await after.exited, 0)
})

t.test('the log says that a new secret is in force', { timeout: 290_000 }, async (t) => {
  const { url, drop } = await createDatabase()
  t.teardown(drop)
  const both = { COUNTERSIGN_SECRET: `${fresh.COUNTERSIGN_SECRET},${lost.COUNTERSIGN_SECRET}` }
  for (const [env, times] of [
    [lost, 0],
    [both, 1],
    [both, 0],
  ] as const) {
    const server = await startServer({ DATABASE_URL: url, ...env })
    server.child.kill('SIGTERM')
    await server.exited
    t.equal(server.output().split('a new COUNTERSIGN_SECRET is in force').length - 1, times)
    t.notMatch(server.output(), /of 32 characters/)
  }
})
