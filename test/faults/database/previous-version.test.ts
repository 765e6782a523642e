/**
 * The version before the last migration runs on the database of this version: while the nodes are replaced, and after a way back. This
 * holds only as long as migrations add, and take nothing away.
 */
import t, { type Test } from 'tap'
import { holds } from '../../packages/verify/service.ts'
import { call, password, type Registered, refresh, register, whoami } from '../../setup/client.ts'
import { createDatabase } from '../../setup/database.ts'
import { checkOutPrevious, migrationsIn, noHistory } from '../../setup/previous-version.ts'
import { type ServerProcess, startServer } from '../../setup/server-process.ts'

const previous = noHistory ? { dir: '', commit: '' } : await checkOutPrevious()
t.comment(`the version before: ${previous.commit}`)
const { url: databaseUrl, drop } = await createDatabase({ migrated: false })
t.teardown(drop)

/** Starts a node of a version. All nodes have the address of the first one, so that they accept each other's tokens. */
async function startNode(entry?: string): Promise<ServerProcess> {
  const node = await startServer({ DATABASE_URL: databaseUrl, PUBLIC_URL: 'http://auth.test' }, '/readyz', entry)
  t.teardown(() => stop(node))
  return node
}
const startPrevious = () => startNode(`${previous.dir}/src/main.ts`)

async function stop({ child, exited }: ServerProcess): Promise<void> {
  child.kill('SIGTERM')
  await exited
}

/** Each step of a session on one node is seen by the other one. */
async function useBoth(t: Test, one: string, other: string): Promise<void> {
  const first = await register(one)
  t.equal((await whoami(other, first.access_token)).status, 200, 'a token of one node is good at the other')
  const { status, body: second } = await refresh(other, first.refresh_token)
  t.equal(status, 200, 'the other node refreshes')
  const { status: third } = await refresh(one, second.refresh_token)
  t.equal(third, 200, 'and the first one again')
  const login = await call<Registered>(`${other}/auth/login`, { body: { email: first.user.email, password } })
  t.equal(login.status, 200, 'the user logs in at the other node')
  t.equal((await call(`${one}/auth/logout`, { body: { refresh_token: login.body.refresh_token } })).status, 204)
  const denied = async () => (await whoami(other, login.body.access_token)).status === 401
  t.ok(await holds(denied), 'a logout at one node counts at the other')
  t.equal((await refresh(other, login.body.refresh_token)).status, 401)
}

t.test('the last migration is missing in the version before', { skip: noHistory }, async (t) => {
  const [before, now] = [await migrationsIn(previous.dir), await migrationsIn('.')]
  t.same(now.slice(0, before.length), before, 'none was changed or removed')
  t.ok(now.length > before.length)
})

t.test('nodes of both versions serve while they are replaced, and after a way back', { skip: noHistory }, async (t) => {
  const old = await startPrevious()
  const early = await register(old.baseUrl)
  const fresh = await startNode()
  t.equal((await fetch(`${old.baseUrl}/readyz`)).status, 200, 'the old node stays ready on the new schema')
  await useBoth(t, old.baseUrl, fresh.baseUrl)
  await useBoth(t, fresh.baseUrl, old.baseUrl)
  const { status, body } = await refresh(fresh.baseUrl, early.refresh_token)
  t.equal(status, 200, 'a session from before the migration goes on')

  await stop(old)
  const back = await startPrevious()
  t.ok(await holds(() => back.output().includes('ahead of this build')), 'the log says it')
  await useBoth(t, back.baseUrl, fresh.baseUrl)
  await stop(fresh)
  t.equal((await refresh(back.baseUrl, body.refresh_token)).status, 200, 'and after the way back')
})
