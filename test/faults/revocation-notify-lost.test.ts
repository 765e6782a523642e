/** A revocation whose notification is lost is found by polling, within the promised time. */
import t from 'tap'
import { call, register, untilServed, whoami } from '../setup/client.ts'
import { pause, promisedMs, untilDenied } from '../setup/denial.ts'
import { openGateway } from '../setup/gateway.ts'
import { until } from '../setup/mail-server.ts'
import { startNode } from '../setup/node.ts'
import { startServer } from '../setup/server-process.ts'

t.setTimeout(290_000)

const node = await startNode(t)
const gateway = await openGateway(t, node.databaseUrl)
const deaf = await startServer({ DATABASE_URL: gateway.url, PUBLIC_URL: node.config.publicUrl })
t.teardown(async () => {
  deaf.child.kill('SIGKILL')
  await deaf.exited
})

/** The process numbers of the listening connections of both nodes. */
async function listeners(): Promise<number[]> {
  const { rows } = await node.database.pool.query(
    `SELECT pid FROM pg_stat_activity
     WHERE datname = current_database() AND application_name = 'countersign revocations' ORDER BY pid`,
  )
  return rows.map(({ pid }) => pid)
}

/** Logs a user out on the other node. Returns how long the node without notifications accepts the token. */
async function logout(meanwhile: () => Promise<unknown> = async () => {}): Promise<number> {
  const { access_token } = await register(node.baseUrl)
  await whoami(deaf.baseUrl, access_token)
  const logsOut = untilServed(() => call(`${node.baseUrl}/auth/logout`, { method: 'POST', token: access_token }))
  await Promise.all([logsOut, meanwhile()])
  return untilDenied(deaf, access_token)
}

t.test('notifications are lost while the connection that listens stays up', async (t) => {
  const before = await listeners()
  const told = await logout()
  gateway.notifications.lose = true
  const took: number[] = []
  for (let i = 0; i < 6; i++) {
    await pause(Math.random() * 1000)
    took.push(await logout())
  }
  // The token may be denied before the gateway has seen the notification.
  await until(() => gateway.notifications.lost >= 6)
  gateway.notifications.lose = false
  t.same(await listeners(), before, 'no connection was')
  t.ok(Math.max(...took) < promisedMs, `within ${promisedMs} ms`)
  t.comment(`denied after ${told} ms when told; after ${took.join(', ')} ms with ${gateway.notifications.lost} lost`)
})

t.test('no notification is sent, and the listening connections are killed again and again', async (t) => {
  for (const name of ['announce_session_end', 'announce_token_version']) {
    const { rows } = await node.database.pool.query('SELECT pg_get_functiondef($1::regproc) AS text', [name])
    const silent = String(rows[0].text).replace(/PERFORM pg_notify\([^;]*;/, '')
    t.not(silent, rows[0].text)
    await node.database.pool.query(silent)
  }
  const kill = async () => {
    for (const pid of await listeners()) await node.database.pool.query('SELECT pg_terminate_backend($1)', [pid])
  }
  const took: number[] = []
  for (const ms of [0, 2, 10, 50, 200]) took.push(await logout(() => pause(ms).then(kill)))
  t.ok(Math.max(...took) < promisedMs, `within ${promisedMs} ms`)
  t.comment(`denied after ${took.join(', ')} ms`)
})
