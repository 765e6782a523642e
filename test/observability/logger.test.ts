/** The content of the log. */
import t from 'tap'
import { createLogger } from '../../src/observability/logger.ts'
import { call, password } from '../setup/client.ts'
import { createDatabase } from '../setup/database.ts'
import { startServer } from '../setup/server-process.ts'

const lines: string[] = []
const logger = createLogger('debug', { write: (line: string) => lines.push(line) })
const last = () => lines.at(-1) ?? ''

t.test('members that may hold a secret are not logged', async (t) => {
  const headers = { authorization: 'Bearer hunter2', cookie: 'access=hunter2', 'set-cookie': 'access=hunter2' }
  const body = { password: 'hunter2' }
  logger.info({ req: { headers, body }, headers, body, ...headers, token: 'hunter2' }, 'a request')
  t.match(last(), /"req":"\[redacted\]"/)
  t.notMatch(last(), /hunter2/)
  logger.child({ headers }).warn({ secret: 'hunter2' }, 'a child')
  t.notMatch(last(), /hunter2/)
  const refused = Object.assign(new Error('duplicate key'), {
    code: '23505',
    detail: 'Key (email_key)=(hunter2) already exists.',
    config: { headers },
  })
  logger.error({ err: refused }, 'internal_error')
  t.match(last(), /"code":"23505"/)
  t.match(last(), /duplicate key/)
  t.notMatch(last(), /hunter2/)
})

t.test('each request has one line with its id, without the content of the request and the response', async (t) => {
  const { url, drop } = await createDatabase()
  t.teardown(drop)
  const server = await startServer({ DATABASE_URL: url, LOG_LEVEL: 'debug' })
  const headers = {
    'content-type': 'application/json',
    'x-request-id': 'of-the-client.1',
    'user-agent': 'agent-hunter2',
  }
  const body = JSON.stringify({ email: 'ada@example.com', password })
  const address = `${server.baseUrl}/auth/register?hunter2=1`
  const answer = await fetch(address, { method: 'POST', headers: { ...headers, cookie: 'x=hunter2' }, body })
  const id = answer.headers.get('x-request-id') ?? ''
  t.match(id, /^[0-9a-f-]{36}$/)
  const pair = (await answer.json()) as { access_token: string; refresh_token: string }
  await call(`${server.baseUrl}/auth/whoami`, { token: pair.access_token })
  server.child.kill('SIGTERM')
  await server.exited
  const own = server
    .output()
    .split('\n')
    .filter((line) => line.includes('of-the-client.1'))
  t.match(
    own.map((line) => JSON.parse(line)),
    [{ method: 'POST', route: '/auth/register', status: 201, reqId: id, givenId: 'of-the-client.1', msg: 'request' }],
  )
  t.equal(own.length, 1)
  for (const secret of ['hunter2', password, pair.access_token, pair.refresh_token]) {
    t.notOk(lines.includes(secret), secret)
  }
})
