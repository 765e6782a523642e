/** Several processes on one port, with REUSE_PORT. */
import { Agent, request } from 'node:http'
import t from 'tap'
import { call, register } from '../../setup/client.ts'
import { createDatabase } from '../../setup/database.ts'
import { pause } from '../../setup/denial.ts'
import { freePort } from '../../setup/free-port.ts'
import { testSecret } from '../../setup/node.ts'
import { launch } from '../../setup/server-process.ts'

t.setTimeout(290_000)

const database = await createDatabase()
t.teardown(database.drop)
const port = await freePort()
const url = `http://127.0.0.1:${port}`

/** Starts a process on the port of all, and waits until it listens. */
async function start(env: Record<string, string> = {}) {
  const server = launch({
    NODE_ENV: 'production',
    DATABASE_URL: database.url,
    COUNTERSIGN_SECRET: testSecret,
    SMTP_URL: 'smtp://localhost:1', // nothing is sent here
    MAIL_FROM: 'auth@example.test',
    PUBLIC_URL: `http://localhost:${port}`,
    HOST: '127.0.0.1',
    PORT: String(port),
    REUSE_PORT: 'on',
    CONNECTIONS_PER_ADDRESS: '0',
    RATE_LIMITS: 'off',
    BCRYPT_COST: '10',
    ...env,
  })
  while (!server.output().includes('Server listening') && server.child.exitCode === null) await pause(20)
  const answered = () => server.output().split('"msg":"request"').length - 1
  return { ...server, answered }
}

/** Asks once, without a second try. Returns the status, or the error. */
const ask = (agent: Agent | false, token: string): Promise<string> =>
  new Promise((resolve) => {
    const headers = { authorization: `Bearer ${token}` }
    const failed = (error: Error & { code?: string }) =>
      resolve(`${asked.reusedSocket ? 'reused ' : 'fresh '}${error.code ?? error.message}`)
    const asked = request(`${url}/auth/whoami`, { agent, headers }, (answer) => {
      answer
        .resume()
        .once('end', () => resolve(String(answer.statusCode)))
        .once('error', failed)
    })
    asked.once('error', failed).end()
  })

t.test('both serve, a logout on one is known to the other, and a killed one is replaced', async (t) => {
  const [one, other] = [await start(), await start()]
  const session = await register(url)
  while (one.answered() < 10 || other.answered() < 10) t.equal(await ask(false, session.access_token), '200')
  await call(`${url}/auth/logout`, { body: { refresh_token: session.refresh_token } })
  // The denial must reach both, so forty answers in a row are refusals. One of two would give them by chance once in 10¹².
  for (let refused = 0; refused < 40; ) {
    refused = (await ask(false, session.access_token)) === '401' ? refused + 1 : 0
  }
  const kept = await register(url)
  one.child.kill('SIGKILL')
  await one.exited
  // On new connections: those of fetch may have been with the killed process.
  for (let i = 0; i < 20; i++) t.equal(await ask(false, kept.access_token), '200')
  const third = await start()
  while (third.answered() < 5) t.equal(await ask(false, kept.access_token), '200')
  for (const { child, exited } of [other, third]) {
    child.kill('SIGTERM')
    t.equal(await exited, 0)
  }
})

t.test('a rolling restart under load loses no request, on new connections and on kept ones', async (t) => {
  let running = [await start(), await start()]
  const { access_token: token } = await register(url)
  const agent = new Agent({ keepAlive: true, maxSockets: 8 })
  const stop = new AbortController()
  const answers = new Map<string, number>()
  let resets = 0
  const ways: (Agent | false)[] = [agent, agent, agent, agent, false, false]
  const clients = ways.map(async (way) => {
    while (!stop.signal.aborted) {
      let answer = await ask(way, token)
      // The system resets a connection that arrives in the very moment of the close, before any request of it is read.
      while (answer === 'fresh ECONNRESET') {
        resets++
        answer = await ask(way, token)
      }
      answers.set(answer, (answers.get(answer) ?? 0) + 1)
    }
  })
  for (const old of running) {
    old.child.kill('SIGTERM')
    t.equal(await old.exited, 0)
    running = [...running.filter((one) => one !== old), await start()]
  }
  stop.abort()
  await Promise.all(clients)
  agent.destroy()
  t.comment(`during the restart: ${JSON.stringify(Object.fromEntries(answers))}, ${resets} new connections reset`)
  t.same([...answers.keys()], ['200'])
  for (const { child } of running) child.kill('SIGTERM')
  await Promise.all(running.map(({ exited }) => exited))
})

t.test('without REUSE_PORT, a second process is refused the port', async (t) => {
  const first = await start({ REUSE_PORT: 'off' })
  for (const second of [await start(), await start({ REUSE_PORT: 'off' })]) {
    t.equal(await second.exited, 1)
    t.match(second.output(), /Another process has this port/)
  }
  first.child.kill('SIGTERM')
  t.equal(await first.exited, 0)
})
