/** A million active revocations: a node starts with them and denies each. With one more, it denies more sessions and never fewer. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import pg from 'pg'
import t from 'tap'
import { call, refresh, register, untilServed, whoami } from '../setup/client.ts'
import { pause, promisedMs, untilDenied } from '../setup/denial.ts'
import { startNode } from '../setup/node.ts'
import { type ServerProcess, startServer } from '../setup/server-process.ts'

t.setTimeout(290_000)

const million = 1_000_000
const node = await startNode(t)
const env = { DATABASE_URL: node.databaseUrl, PUBLIC_URL: node.config.publicUrl }
const logout = (token: string) => untilServed(() => call(`${node.baseUrl}/auth/logout`, { method: 'POST', token }))
const renew = async (token: string) => (await untilServed(() => refresh(node.baseUrl, token))).body

async function startAndMeasure() {
  const from = performance.now()
  const server = await startServer(env)
  return { server, readyMs: Math.round(performance.now() - from), megabytes: await residentMegabytes(server) }
}

async function residentMegabytes({ child }: ServerProcess): Promise<number> {
  const { stdout } = await promisify(execFile)('ps', ['-o', 'rss=', '-p', String(child.pid)])
  return Math.round(Number(stdout) / 1024)
}

async function kill({ child, exited }: ServerProcess): Promise<void> {
  child.kill('SIGKILL')
  await exited
}

/** Adds this many revocations of unknown sessions, and last the given session. */
async function endAtOnce(count: number, sessionId: string): Promise<void> {
  const client = new pg.Client({ connectionString: node.databaseUrl })
  await client.connect()
  await client.query('BEGIN')
  await client.query(
    `INSERT INTO revocations (kind, subject, user_id)
     SELECT 'session', gen_random_uuid(), gen_random_uuid() FROM generate_series(1, $1)`,
    [count - 1],
  )
  await client.query('UPDATE sessions SET revoked_at = now() WHERE id = $1', [sessionId])
  await client.query('COMMIT')
  await client.end()
}

t.test('a million active revocations', { timeout: 290_000 }, async (t) => {
  const users = await Promise.all([1, 2, 3, 4].map(() => register(node.baseUrl)))
  const [early, late, more, stays] = users
  if (!early || !late || !more || !stays) throw new Error('nobody registered')
  await node.revocations.stop() // this process need not hold them as well
  const running = await startAndMeasure()
  await endAtOnce(million / 10, early.session_id)
  const noticedMs = await untilDenied(running.server, early.access_token)
  t.ok(noticedMs < promisedMs, 'a hundred thousand at once')
  await kill(running.server)
  await endAtOnce((million / 10) * 9, late.session_id)

  const { server, readyMs, megabytes } = await startAndMeasure()
  t.teardown(() => kill(server))
  t.equal((await whoami(server.baseUrl, early.access_token)).status, 401)
  t.equal((await whoami(server.baseUrl, late.access_token)).status, 401)
  t.equal((await whoami(server.baseUrl, stays.access_token)).status, 200)
  t.comment(
    `ready after ${readyMs} ms with ${megabytes} MB; on none, ${running.readyMs} ms with ${running.megabytes} MB`,
  )
  t.comment(`a node that was running noticed a hundred thousand at once after ${noticedMs} ms`)

  await logout(more.access_token)
  const deniedMs = await untilDenied(server, more.access_token)
  t.ok(deniedMs < promisedMs)
  t.equal((await whoami(server.baseUrl, early.access_token)).status, 401, 'past its bound it forgets nobody')
  const from = performance.now()
  let body = await renew(stays.refresh_token)
  while ((await whoami(server.baseUrl, body.access_token)).status !== 200) {
    if (performance.now() - from > 120_000) throw new Error('refreshing does not help')
    await pause(200)
    body = await renew(body.refresh_token)
  }
  t.comment(
    `one more was denied after ${deniedMs} ms; others let in again ${Math.round(performance.now() - from)} ms after`,
  )
})
