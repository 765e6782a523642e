/** LOG_ADDRESSES: every log line of a request carries the address of the client, or the log has none. */
import t, { type Test } from 'tap'
import { call, password, register } from '../setup/client.ts'
import { startNode } from '../setup/node.ts'

const client = '203.0.113.9'

/** A node behind a proxy, the client whose requests it gets, and the lines that it logged. */
async function start(t: Test, env: Record<string, string>) {
  const lines: Record<string, unknown>[] = []
  const node = await startNode(t, {
    env: { TRUSTED_PROXIES: '127.0.0.1', ...env },
    log: (line) => lines.push(JSON.parse(line)),
  })
  const ask = (path: string, body?: unknown, from = client) =>
    call(node.baseUrl + path, { from, ...(body === undefined ? {} : { body }) })
  return { ask, lines, node }
}
const ofRequests = (lines: Record<string, unknown>[]) => lines.filter((line) => line['reqId'] !== undefined)

t.test('with on, each line of a request has the address of the client, and a failed login has a line', async (t) => {
  const { ask, lines, node } = await start(t, { LOG_ADDRESSES: 'on' })
  const { user } = await register(node.baseUrl)
  lines.length = 0
  t.equal((await ask('/auth/login', { email: user.email, password })).status, 200)
  t.equal((await ask('/auth/login', { email: user.email, password: 'wrong' })).status, 401)
  t.equal((await ask('/nowhere')).status, 404)
  t.equal((await ask('/auth/email/verify', { verification_id: 'x', code: '123456' })).status, 400)
  await ask('/oauth/introspect', undefined, '2001:db8::7')
  const own = ofRequests(lines)
  t.ok(own.length >= 6)
  t.same(new Set(own.map(({ ip }) => ip)), new Set([client, '2001:db8::7']))
  const failed = lines.filter(({ msg }) => msg === 'failed login')
  const line = { level: 30, ip: client }
  t.match(failed, [
    { ...line, code: 'invalid_credentials', route: '/auth/login' },
    { ...line, code: 'invalid_code', route: '/auth/email/verify' },
  ])
})

t.test('an address that a proxy garbled is left out', async (t) => {
  const { ask, lines } = await start(t, { LOG_ADDRESSES: 'on' })
  await ask('/nowhere', undefined, 'unknown"}')
  await ask('/nowhere', undefined, '198.51.100.4:5555')
  t.same(
    lines.filter(({ msg }) => msg === 'request').map(({ ip }) => ip),
    [undefined, '198.51.100.4'],
  )
})

t.test('with off, the log has no address of a client and no line for a failed login', async (t) => {
  const { ask, lines } = await start(t, {})
  await ask('/auth/login', { email: 'ada@example.com', password: 'wrong' })
  await ask('/nowhere')
  t.ok(ofRequests(lines).length >= 2)
  t.notMatch(JSON.stringify(ofRequests(lines)), /203\.0\.113|failed login|127\.0\.0\.1/)
})
