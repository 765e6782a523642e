/** A node is killed while sessions end, and starts again. Once it is ready, it accepts no token of an ended session. */
import pg from 'pg'
import t from 'tap'
import { call, register, untilServed, whoami } from '../setup/client.ts'
import { pause, promisedMs, untilDenied } from '../setup/denial.ts'
import { openGateway } from '../setup/gateway.ts'
import { startNode } from '../setup/node.ts'
import { type ServerProcess, startServer } from '../setup/server-process.ts'
import { row } from '../setup/sessions.ts'

t.setTimeout(900_000)

const rounds = Number(process.env['KILL_ROUNDS'] ?? 4)
const restarts = Math.max(4, Math.ceil(rounds / 5))
const clients = 8
const node = await startNode(t)
const env = { DATABASE_URL: node.databaseUrl, PUBLIC_URL: node.config.publicUrl }
const logout = ({ baseUrl }: { baseUrl: string }, token: string) =>
  call(`${baseUrl}/auth/logout`, { method: 'POST', token })

async function kill({ child, exited }: ServerProcess): Promise<void> {
  child.kill('SIGKILL')
  await exited
}

t.test(`${rounds} kills during logouts`, { timeout: 900_000 }, async (t) => {
  const seen = { answered: 0, 'committed, not answered': 0, 'not committed': 0 }
  let victim = await startServer(env)
  for (let round = 0; round < rounds; round++) {
    const pairs = await Promise.all(Array.from({ length: clients }, () => register(node.baseUrl)))
    // At once in the first round, then around the first response, the second, and so on.
    let awaited = round % clients
    const moment = Promise.withResolvers<void>()
    if (awaited === 0) moment.resolve()
    const answers = pairs.map(async ({ access_token }) => {
      const answer = await logout(victim, access_token).catch(() => undefined)
      if (--awaited === 0) moment.resolve()
      return answer
    })
    await moment.promise
    if (round >= clients) await pause(Math.random() * 3)
    await kill(victim)
    const answered = await Promise.all(answers)
    victim = await startServer(env)
    for (const [i, { session_id, access_token }] of pairs.entries()) {
      const { revoked_at } = await row(node, session_id)
      const { status } = await whoami(victim.baseUrl, access_token)
      if (status !== (revoked_at ? 401 : 200)) t.fail(`round ${round}: ${status} with the session ended ${revoked_at}`)
      if (answered[i]?.status === 204 && !revoked_at) t.fail(`round ${round}: answered, not committed`)
      seen[answered[i] ? 'answered' : revoked_at ? 'committed, not answered' : 'not committed']++
    }
  }
  await kill(victim)
  t.comment(`logouts under ${rounds} kills: ${JSON.stringify(seen)}`)
  t.ok(seen.answered > 0 && seen.answered < rounds * clients, 'some were answered, some were not')
})

t.test('killed after the commit and before the response', { timeout: 900_000 }, async (t) => {
  const gateway = await openGateway(t, node.databaseUrl)
  const victim = await startServer({ ...env, DATABASE_URL: gateway.url })
  const { access_token, session_id } = await register(node.baseUrl)
  gateway.mute()
  const answer = logout(victim, access_token).catch(() => 'none')
  while (!(await row(node, session_id)).revoked_at) await pause(5)
  await kill(victim)
  t.equal(await answer, 'none')
  const again = await startServer(env)
  t.equal((await whoami(again.baseUrl, access_token)).status, 401)
  await kill(again)
})

t.test(`a revoking transaction that is open across a restart, ${restarts} times`, { timeout: 900_000 }, async (t) => {
  const client = new pg.Client({ connectionString: node.databaseUrl })
  await client.connect()
  t.teardown(() => client.end())
  const took = { on: [] as number[], off: [] as number[] }
  let victim = await startServer(env)
  for (let round = 0; round < restarts; round++) {
    const listen = round % 2 === 0 ? 'on' : 'off'
    const [early, before, late] = await Promise.all([1, 2, 3].map(() => register(node.baseUrl)))
    if (!early || !before || !late) throw new Error('nobody registered')
    await client.query('BEGIN')
    await client.query('UPDATE sessions SET revoked_at = now() WHERE id = $1', [early.session_id])
    await untilServed(() => logout(node, before.access_token))
    await kill(victim)
    victim = await startServer({ ...env, REVOCATION_LISTEN: listen })
    if ((await whoami(victim.baseUrl, before.access_token)).status !== 401) t.fail(`round ${round}: let in again`)
    if ((await whoami(victim.baseUrl, early.access_token)).status !== 200) t.fail(`round ${round}: denied too early`)
    // Committed before the second poll of the node, or after it has seen later commits.
    if (round % 4 < 2) {
      await untilServed(() => logout(node, late.access_token))
      await untilDenied(victim, late.access_token)
    }
    await client.query('COMMIT')
    took[listen].push(await untilDenied(victim, early.access_token))
  }
  await kill(victim)
  t.ok(Math.max(...took.on, ...took.off) < promisedMs, `noticed within ${promisedMs} ms of its commit`)
  t.comment(`noticed after ${took.on.join(', ')} ms when told, ${took.off.join(', ')} ms by looking alone`)
})
