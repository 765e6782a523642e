/** `npm run example:live` beside a real server process: its connections open in both modes, and close at the logout. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import t from 'tap'
import { credential, holds, serviceEnv } from '../../packages/verify/service.ts'
import { call, password, register } from '../../setup/client.ts'
import { createDatabase } from '../../setup/database.ts'
import { freePort } from '../../setup/free-port.ts'
import { startServer } from '../../setup/server-process.ts'
import { cookiesAfter } from '../../setup/set-cookies.ts'

const spa = 'http://localhost:5173'
const { url, drop } = await createDatabase()
t.teardown(drop)
const env = { DATABASE_URL: url, LOG_LEVEL: 'warn', SPA_ORIGINS: spa, ...serviceEnv }
const server = await startServer(env)
t.teardown(async () => {
  server.child.kill('SIGTERM')
  await server.exited
})

/** The example's process, ready for requests. */
async function startExample() {
  const { scripts }: { scripts: Record<string, string> } = JSON.parse(await readFile('package.json', 'utf8'))
  const [, ...args] = scripts['example:live']?.split(' ') ?? []
  const { PATH = '' } = process.env
  const port = String(await freePort())
  const settings = { SERVICE_CREDENTIAL: `${credential.id}:${credential.secret}`, SPA_ORIGIN: spa, PORT: port }
  const child = spawn(process.execPath, args, { env: { PATH, AUTH_URL: server.baseUrl, ...settings } })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text))
  t.teardown(async () => {
    child.kill('SIGTERM')
    if (child.exitCode === null && child.signalCode === null) await once(child, 'close')
  })
  if (!(await holds(() => output.includes('Connections at')))) throw new Error(`it did not start: ${output}`)
  return { baseUrl: `http://127.0.0.1:${port}`, output: () => output }
}
const { baseUrl, output } = await startExample()

type Headers = Record<string, string>

async function openSocket(headers: Headers, protocols: string[]) {
  // The types know browsers only. Node takes headers too.
  const options = { protocols, headers } as unknown as string[]
  const socket = new WebSocket(`${baseUrl.replace('http', 'ws')}/live`, options)
  const messages: string[] = []
  socket.addEventListener('message', ({ data }) => messages.push(String(data)))
  const closed = once(socket, 'close').then(([{ code, reason }]) => `${code} ${reason}`)
  const opened = new Promise<boolean>((resolve) => socket.addEventListener('open', () => resolve(true)))
  return { socket, messages, closed, isOpen: await Promise.race([opened, closed.then(() => false)]) }
}

async function openEvents(headers: Headers) {
  const answer = await fetch(`${baseUrl}/events`, { headers })
  const allowed = answer.headers.get('access-control-allow-origin')
  let events = ''
  const ended = (async () => {
    for await (const part of answer.body?.pipeThrough(new TextDecoderStream()) ?? []) events += part
    return events
  })()
  return { status: answer.status, allowed, ended, soFar: () => events }
}

/** A user in bearer mode. */
async function withToken() {
  const { access_token: token, refresh_token } = await register(server.baseUrl)
  return {
    headers: { authorization: `Bearer ${token}` },
    socket: () => openSocket({}, ['clock.v1', `bearer.${token}`]),
    logout: () => call(`${server.baseUrl}/auth/logout`, { body: { refresh_token } }),
  }
}

/** A user in cookie mode, on a page of this origin. */
async function withCookies() {
  const post = (path: string, body: unknown, cookie = '') =>
    fetch(server.baseUrl + path, {
      method: 'POST',
      headers: { origin: spa, 'x-auth-mode': 'cookie', 'content-type': 'application/json', cookie },
      body: JSON.stringify(body),
    })
  const answer = await post('/auth/register', { email: `page-${Math.random()}@example.com`, password })
  const cookie = cookiesAfter(answer)
  const headers = { cookie, origin: spa }
  return {
    headers,
    socket: (origin = spa) => openSocket({ cookie, origin }, ['clock.v1']),
    logout: () => post('/auth/logout', {}, cookie),
  }
}

for (const [mode, signIn] of Object.entries({ bearer: withToken, cookie: withCookies })) {
  t.test(`in ${mode} mode, a websocket and events open, and the logout ends both`, async (t) => {
    const [user, other] = [await signIn(), await signIn()]
    let events = await openEvents(user.headers)
    // The service loads the revocations first.
    t.ok(await holds(async () => events.status === 200 || (events = await openEvents(user.headers)).status === 200))
    const [mine, theirs] = [await user.socket(), await other.socket()]
    t.same([mine.isOpen, theirs.isOpen, mine.socket.protocol], [true, true, 'clock.v1'])
    mine.socket.send('hello')
    t.ok(await holds(() => mine.messages.includes('hello')))
    t.ok(await holds(() => events.soFar().includes('data: 2')))
    await user.logout()
    const from = performance.now()
    t.equal(await mine.closed, '4401 token_revoked')
    t.match(await events.ended, /event: end\ndata: token_revoked/)
    t.comment(`both ended ${Math.round(performance.now() - from)} ms after the logout`)
    t.equal(theirs.socket.readyState, WebSocket.OPEN, 'the connection of another user stays open')
    theirs.socket.close()
    t.equal((await openEvents(user.headers)).status, 401)
    t.notOk((await user.socket()).isOpen)
  })
}

t.test('a page of another origin opens no websocket with the cookie, and may not read events', async (t) => {
  const user = await withCookies()
  t.notOk((await user.socket('http://localhost:6666')).isOpen)
  const foreign = await openEvents({ ...user.headers, origin: 'http://localhost:6666' })
  t.equal(foreign.allowed, null)
  const own = await openEvents(user.headers)
  t.equal(own.allowed, spa)
  await user.logout()
  await Promise.all([foreign.ended, own.ended])
})

t.test('the service logs no token, and nothing went wrong', async (t) => {
  t.notMatch(output(), /eyJ/)
  const wrong = output()
    .split('\n')
    .filter((line) => /"level":(40|50)/.test(line) && !line.includes('refused a token'))
  t.same(wrong, [])
})
