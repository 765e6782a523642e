/**
 * A client whose connection breaks anywhere in a refresh, and that repeats the request with its last token, keeps its
 * session, with one active successor. On real sockets, in both modes, also while Postgres runs the statement.
 */
import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import t from 'tap'
import type { Mode } from '../../src/http/mode.ts'
import { untilServed } from '../setup/client.ts'
import { startNode } from '../setup/node.ts'
import { app, enter, refreshAt, type User } from './clients.ts'

const rounds = Number(process.env['DISCONNECTS'] ?? 120)
t.setTimeout(600_000)

const log: string[] = []
const env = { SPA_ORIGINS: app, RATE_LIMITS: 'off' }
const node = await startNode(t, { usualPatience: true, env, log: (line) => log.push(line) })
const database = new pg.Pool({ connectionString: node.databaseUrl, max: 4 })
t.teardown(() => database.end())

const cuts = ['after the headers', 'in the body', 'after the body', 'a moment later', 'in the answer'] as const
type Cut = (typeof cuts)[number]

function refreshRequest({ mode, token }: User): { head: string; body: string } {
  const body = mode === 'cookie' ? '{}' : JSON.stringify({ refresh_token: token })
  const lines = ['POST /auth/refresh HTTP/1.1', 'Host: a', 'Content-Type: application/json']
  if (mode === 'cookie') lines.push('X-Auth-Mode: cookie', `Origin: ${app}`, `Cookie: __Host-Http-refresh=${token}`)
  return { head: [...lines, `Content-Length: ${body.length}`, '', ''].join('\r\n'), body }
}

/** Starts a refresh and breaks the connection at this point, as a killed process or a lost network does. */
async function breakOff(user: User, cut: Cut, afterMs: number): Promise<void> {
  const { head, body } = refreshRequest(user)
  const socket = connect(Number(new URL(node.baseUrl).port), '127.0.0.1')
  socket.on('error', () => {})
  await once(socket, 'connect')
  const part = { 'after the headers': '', 'in the body': body.slice(0, body.length / 2) }
  socket.write(head + (part[cut as keyof typeof part] ?? body))
  if (cut === 'in the answer') await Promise.race([once(socket, 'data'), sleep(5000)])
  else if (cut !== 'after the body') await sleep(afterMs)
  else await new Promise((resolve) => setImmediate(resolve))
  if (afterMs % 2 === 0) socket.resetAndDestroy()
  else socket.destroy()
}

const sessionId = ({ token }: User) => Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('hex')
async function generation(user: User): Promise<number> {
  const { rows } = await database.query('SELECT generation FROM sessions WHERE id = $1::uuid', [sessionId(user)])
  return rows[0].generation
}

/** A client refreshes every few minutes, not twice while a copy of its own request is still on its way to Postgres. */
async function abandonedWorkIsDone(): Promise<void> {
  const { pool } = node.database
  do await sleep(5)
  while (pool.waitingCount > 0 || pool.idleCount < pool.totalCount)
}

/** Repeats the refresh with the current token until the response is not retryable. */
async function retry(user: User): Promise<string> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const { status, code } = await refreshAt(node, user)
    if (status === 200) return 'goes on'
    if (status !== 503) return `${status} ${code}`
    await sleep(100)
  }
  return 'no answer'
}

/** Whether the token and its repetition get the same successor. */
async function hasOneSuccessor(user: User): Promise<boolean> {
  const [first, second] = [{ ...user }, { ...user }]
  const answers = await Promise.all([first, second].map((each) => untilServed(() => refreshAt(node, each))))
  user.token = first.token
  return answers.every(({ status }) => status === 200) && first.token === second.token
}

for (const mode of ['bearer', 'cookie'] as const satisfies readonly Mode[]) {
  t.test(`${rounds} broken connections in ${mode} mode`, { timeout: 300_000 }, async (t) => {
    const users = await Promise.all(Array.from({ length: 6 }, (_, i) => enter(node, mode, `${mode}-${i}`)))
    const moved = new Map<Cut, number>()
    const lost: string[] = []
    const live = async (user: User, share: number) => {
      for (let round = 0; round < share; round++) {
        const cut = cuts[round % cuts.length] as Cut
        const before = await generation(user)
        await breakOff(user, cut, Math.floor(Math.random() * 12))
        // Reading the row before the retry gives the first request time, so it is done only every second time.
        const wasDone = round % 2 === 0 && (await generation(user)) > before
        if (wasDone) moved.set(cut, (moved.get(cut) ?? 0) + 1)
        const outcome = await retry(user)
        await abandonedWorkIsDone()
        if (outcome !== 'goes on') lost.push(`${user.name}, cut ${cut}: ${outcome}`)
        else if (!(await hasOneSuccessor(user))) lost.push(`${user.name}, cut ${cut}: two successors`)
      }
    }
    await Promise.all(users.map((user) => live(user, Math.ceil(rounds / users.length))))
    t.same(lost, [], 'every session goes on, with one live successor')
    const committed = cuts.map((cut) => `${moved.get(cut) ?? 0} ${cut}`).join(', ')
    t.comment(
      `${rounds} cut in five places; sessions lost: ${lost.length}; rotation committed, answer lost: ${committed}`,
    )
  })

  t.test(`a connection that breaks while Postgres runs the statement, in ${mode} mode`, async (t) => {
    const user = await enter(node, mode, `${mode}-waiting`)
    for (const releaseFirst of [true, false, true]) {
      const before = await generation(user)
      const holder = await database.connect()
      await holder.query('BEGIN')
      await holder.query('SELECT FROM sessions WHERE id = $1::uuid FOR UPDATE', [sessionId(user)])
      await breakOff(user, 'a moment later', 250)
      const retried = releaseFirst ? undefined : retry(user)
      await sleep(100)
      await holder.query('COMMIT')
      holder.release()
      t.equal(await (retried ?? retry(user)), 'goes on', releaseFirst ? 'retried after it' : 'retried meanwhile')
      await abandonedWorkIsDone()
      t.ok((await generation(user)) > before, 'the rotation that nobody waited for has been done')
      t.ok(await hasOneSuccessor(user), 'one successor')
    }
  })
}

t.test('no secret is in the log', async (t) => {
  t.same(
    log.filter((line) => /"level":[56]0/.test(line) && !line.includes('"msg":"database_unavailable"')),
    [],
    'whoever goes away is no error',
  )
})
