/** What is written down while its person leaves names nobody: nothing would come afterwards to take it out. */
import t from 'tap'
import type { TokenPair } from '../../src/sessions/token-pair.ts'
import { auditRows } from '../setup/admins.ts'
import { register } from '../setup/client.ts'
import { startNode } from '../setup/node.ts'
import { whileHeld } from '../setup/waiting.ts'

const node = await startNode(t)
const wrong = 'not the password'
const holdPerson = 'SELECT FROM users WHERE id = $1 FOR UPDATE'
const holdSessions = 'SELECT FROM sessions WHERE user_id = $1 FOR UPDATE'

type Case = {
  readonly path: string
  readonly body?: (person: TokenPair) => object
  readonly hold: string
  /** Before the request. */
  readonly first?: (person: TokenPair) => Promise<unknown>
}
const endSession = ({ session_id: id }: TokenPair) =>
  node.database.pool.query('UPDATE sessions SET revoked_at = now() WHERE id = $1', [id])

const cases: Record<string, Case> = {
  login_failed: {
    path: '/auth/login',
    body: ({ user: { email } }) => ({ email, password: wrong }),
    hold: holdPerson,
  },
  reauthentication_failed: { path: '/auth/reauthenticate', body: () => ({ password: wrong }), hold: holdPerson },
  password_change_failed: {
    path: '/auth/password',
    body: () => ({ current_password: wrong, new_password: 'quite another sentence' }),
    hold: holdPerson,
  },
  password_reset_requested: {
    path: '/auth/password/forgot',
    body: ({ user: { email } }) => ({ email }),
    hold: holdPerson,
  },
  account_exported: { path: '/auth/me/export', hold: holdPerson },
  refresh_ended: {
    path: '/auth/refresh',
    body: ({ refresh_token: token }) => ({ refresh_token: token }),
    hold: holdSessions,
    first: endSession,
  },
}

let requests = 0
async function sendNamed({ path, body }: Case, person: TokenPair): Promise<string> {
  const name = `leaving-${++requests}`
  const headers: Record<string, string> = { 'x-request-id': name, 'user-agent': 'Leaving/1.0' }
  if (body) headers['content-type'] = 'application/json'
  if (!path.endsWith('/login')) headers['authorization'] = `Bearer ${person.access_token}`
  if (path.endsWith('/refresh')) delete headers['authorization']
  const sent = body ? { method: 'POST', body: JSON.stringify(body(person)) } : {}
  await (await fetch(`${node.baseUrl}${path}`, { headers, ...sent })).text()
  return name
}

for (const [type, given] of Object.entries(cases)) {
  t.test(`${type}, while its person leaves`, async (t) => {
    const person = await register(node.baseUrl)
    await given.first?.(person)
    const name = await whileHeld(
      node,
      (query) => query(given.hold, [person.user.id]),
      () => sendNamed(given, person),
      (query) => query('DELETE FROM users WHERE id = $1', [person.user.id]),
    )
    const events = await auditRows(node, 'request_id = $1', [name])
    t.equal(events.length, type === 'account_exported' ? 0 : 1)
    for (const event of events) {
      t.match(event, { type, actor_id: null, subject_id: null, ip: null, user_agent: null })
      t.equal(event.session_id, type === 'refresh_ended' ? person.session_id : null)
    }
  })

  // What reads everything as of one moment fails there, and is asked for again.
  if (type === 'account_exported') continue
  t.test(`${type}, while its person is only held up`, async (t) => {
    const person = await register(node.baseUrl)
    await given.first?.(person)
    const name = await whileHeld(
      node,
      (query) => query(given.hold, [person.user.id]),
      () => sendNamed(given, person),
      (query) => query('UPDATE users SET name = $2 WHERE id = $1', [person.user.id, 'Ada']),
    )
    const events = await auditRows(node, 'request_id = $1', [name])
    t.match(events, [{ type, subject_id: person.user.id, ip: '127.0.0.1', user_agent: 'Leaving/1.0' }])
    t.equal(events.length, 1)
  })
}

t.test('a refresh token of nobody’s session is written down without where it came from', async (t) => {
  const person = await register(node.baseUrl)
  await node.database.pool.query('DELETE FROM sessions WHERE id = $1', [person.session_id])
  const refresh = cases['refresh_ended']
  if (!refresh) throw new Error('no case')
  const name = await sendNamed(refresh, person)
  const written = { type: 'refresh_ended', session_id: person.session_id, subject_id: null, ip: null, user_agent: null }
  t.match(await auditRows(node, 'request_id = $1', [name]), [written])
})

t.test('a login with an address that nobody has keeps where it came from', async (t) => {
  const { user, ...person } = await register(node.baseUrl)
  const name = await sendNamed(cases['login_failed'] as Case, { ...person, user: { ...user, email: 'no@example.com' } })
  t.match(await auditRows(node, 'request_id = $1', [name]), [
    { type: 'login_failed', subject_id: null, ip: '127.0.0.1' },
  ])
})
