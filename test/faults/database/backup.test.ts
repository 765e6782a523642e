/**
 * The commands of the guide to backups, on Debian's Postgres: clients go on after the dump, and the dump is restored. Each row of the
 * guide's table is tried, and so is the start with a new secret.
 */
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { call, password, type Registered, refresh, register, whoami } from '../../setup/client.ts'
import { createDataDir } from '../../setup/database.ts'
import { runStatements, startPostgres } from '../../setup/own-postgres.ts'
import { commandsIn, section } from '../../setup/page-commands.ts'
import { launch, type ServerProcess, startServer } from '../../setup/server-process.ts'
import { findDebianPostgres } from '../../setup/standby.ts'

const guide = await readFile('docs/guides/backup-and-restore.md', 'utf8')
const [backUp = ''] = commandsIn(section(guide, 'Back up'))
const [restore = '', endSessions = ''] = commandsIn(section(guide, 'Restore'))
const [forgetSecret = ''] = commandsIn(section(guide, 'If the secret is lost'))

const binDir = await findDebianPostgres()
const postgres = await startPostgres(t, { binDir })
const cwd = await createDataDir()

const urlOf = (database: string) => Object.assign(new URL(postgres.url), { pathname: database }).href
const bash = (command: string, database: string) =>
  promisify(execFile)('bash', ['-euc', command], {
    cwd,
    env: { PATH: `${binDir}:${process.env['PATH']}`, DATABASE_URL: urlOf(database) },
  })

async function stop({ child, exited }: ServerProcess): Promise<void> {
  child.kill('SIGTERM')
  await exited
}

const login = (baseUrl: string, { user: { email } }: Registered) =>
  call<Registered>(`${baseUrl}/auth/login`, { body: { email, password } })
const logout = (baseUrl: string, { refresh_token }: Registered) =>
  call(`${baseUrl}/auth/logout`, { body: { refresh_token } })

await postgres.run('CREATE DATABASE live', 'CREATE DATABASE restored', 'CREATE DATABASE ended')
const server = await startServer({ DATABASE_URL: urlOf('live') })
const idle = await register(server.baseUrl)
const refreshed = await register(server.baseUrl)
const loggedOut = await register(server.baseUrl)
await bash(backUp, 'live')
const { body: ahead } = await refresh(server.baseUrl, refreshed.refresh_token)
const { body: begunSince } = await login(server.baseUrl, idle)
const registeredSince = await register(server.baseUrl)
const { status: loggedOutWith } = await logout(server.baseUrl, loggedOut)
await stop(server)

/** A server on a restored database, with the answer to a refresh of each session. */
async function serveRestored(t: Test, database: string) {
  const restored = await startServer({ DATABASE_URL: urlOf(database) })
  t.teardown(() => stop(restored))
  const { baseUrl } = restored
  const statuses: Record<string, number> = {}
  for (const [name, session] of Object.entries({ idle, ahead, begunSince, loggedOut, registeredSince })) {
    statuses[name] = (await refresh(baseUrl, session.refresh_token)).status
  }
  return { baseUrl, statuses }
}

t.equal(loggedOutWith, 204)

t.test('without the end of all sessions, a restore brings back a session that was logged out', async (t) => {
  await bash(restore, 'restored')
  const { baseUrl, statuses } = await serveRestored(t, 'restored')
  t.same(statuses, { idle: 200, ahead: 401, begunSince: 401, loggedOut: 200, registeredSince: 401 })
  const alarms = `SELECT type FROM audit_events WHERE type IN ('refresh_ahead', 'refresh_reused')`
  const [events] = await runStatements(urlOf('restored'), [alarms])
  t.same(events, [{ type: 'refresh_ahead' }], 'the token that is ahead is no theft')
  t.equal((await login(baseUrl, refreshed)).status, 200)
  t.equal((await login(baseUrl, registeredSince)).status, 401)
  const again = await register(baseUrl, registeredSince.user.email)
  t.equal((await whoami(baseUrl, again.access_token)).status, 200, 'the user registers again')
})

t.test('a restore as the guide says ends every session, and all users log in again', async (t) => {
  await bash(restore, 'ended')
  await bash(endSessions, 'ended')
  const { baseUrl, statuses } = await serveRestored(t, 'ended')
  t.same(statuses, { idle: 401, ahead: 401, begunSince: 401, loggedOut: 401, registeredSince: 401 })
  for (const user of [idle, refreshed, loggedOut]) {
    const { status, body } = await login(baseUrl, user)
    t.equal(status, 200)
    t.equal((await refresh(baseUrl, body.refresh_token)).status, 200)
  }
})

t.test('with another secret the server refuses to start, until the keys of the lost one are gone', async (t) => {
  const env = { DATABASE_URL: urlOf('live'), COUNTERSIGN_SECRET: 'another-secret-of-forty-three-characters-here' }
  const refused = launch({
    ...env,
    HOST: '127.0.0.1',
    PORT: '0',
    PUBLIC_URL: 'http://localhost',
    NODE_ENV: 'development',
  })
  t.equal(await refused.exited, 1)
  t.match(refused.output(), /COUNTERSIGN_SECRET/)
  t.equal(refused.output().trimEnd().split('\n').at(-1)?.includes('    at '), false, 'a sentence without a stack')
  await bash(forgetSecret, 'live')
  const restarted = await startServer(env)
  t.teardown(() => stop(restarted))
  const { baseUrl } = restarted
  t.equal((await whoami(baseUrl, idle.access_token)).status, 401)
  t.equal((await refresh(baseUrl, idle.refresh_token)).status, 401)
  const { status, body } = await login(baseUrl, idle)
  t.equal(status, 200)
  t.equal((await whoami(baseUrl, body.access_token)).status, 200)
})
