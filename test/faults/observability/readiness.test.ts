/** The clock of a node is off: the log says so once, and an operator learns it from /readyz. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { createDatabase } from '../../setup/database.ts'
import { freePort } from '../../setup/free-port.ts'
import { startServer } from '../../setup/server-process.ts'
import { woundBy } from '../../setup/wound-clock.ts'

const credential = 'operator:the-credential-of-an-operator-32+'

t.test('a clock that is off by 600 s', { timeout: 290_000 }, async (t) => {
  const { url, drop } = await createDatabase()
  t.teardown(drop)
  const file = join(t.testdir(), 'clock')
  const wind = (ms: number) => writeFileSync(file, String(ms))
  wind(0)
  const port = await freePort()
  const env = { DATABASE_URL: url, METRICS_PORT: String(port), SERVICE_CREDENTIALS: credential }
  const server = await startServer({ ...woundBy(file), ...env })
  const own = `http://127.0.0.1:${port}/readyz`
  const said = (text: string) => server.output().split(text).length - 1
  const until = async (text: string) => {
    while (said(text) === 0) await sleep(20)
  }
  t.match(await (await fetch(own)).json(), { status: 'ok', reasons: [] })

  wind(600_000)
  await until('the clock of this machine is off the clock of the database by 600 seconds')
  const authorization = `Basic ${Buffer.from(credential).toString('base64')}`
  const told = await fetch(`${server.baseUrl}/readyz`, { headers: { authorization } })
  t.match(
    { status: told.status, body: await told.json() },
    {
      status: 503,
      body: {
        code: 'not_ready',
        detail: /^This node is not ready: the clock of this machine is off .* 600 seconds\.$/,
      },
    },
  )
  const wrong = { authorization: `Basic ${Buffer.from('operator:wrong').toString('base64')}` }
  for (const headers of [{}, wrong]) {
    const answer = await fetch(`${server.baseUrl}/readyz`, { headers })
    t.match(
      { status: answer.status, body: await answer.json() },
      { status: 503, body: { detail: /^The server is not ready yet/ } },
    )
  }
  const bare = await fetch(own)
  t.match(
    { status: bare.status, body: await bare.json() },
    { status: 503, body: { status: 'not_ready', reasons: [{ reason: 'clock' }] } },
  )
  await sleep(2500)
  t.equal(said('this node is not ready'), 1, 'once, although the node looks every second')

  wind(0)
  await until('a reason why this node was not ready is over')
  t.equal((await fetch(own)).status, 200)
  server.child.kill('SIGTERM')
  t.equal(await server.exited, 0)
})
