import { randomUUID } from 'node:crypto'
import t from 'tap'
import type { SessionList } from '../../src/sessions/session-list.ts'
import { openPage, spaOrigins } from '../http/browser/page.ts'
import { call, password, type Registered, refresh, register, whoami } from '../setup/client.ts'
import { untilDenied } from '../setup/denial.ts'
import { startNode } from '../setup/node.ts'
import { usersOn } from './users.ts'

const env = { SPA_ORIGINS: spaOrigins, SESSION_IDLE_SECONDS: '3600', SESSION_MAX_SECONDS: '86400' }
const node = await startNode(t, { env })
const other = await startNode(t, { env, databaseUrl: node.databaseUrl })
const at = (id = '', query = '') => `${node.baseUrl}/auth/sessions${id && `/${id}`}${query}`

const { login, personWith, reasons, events } = usersOn(node)

const list = (token: string) => call<SessionList>(at(), { token })
const end = (token: string, id = '', query = '') => call(at(id, query), { method: 'DELETE', token })
const age = (sessionId: string, column: string) =>
  node.database.pool.query(`UPDATE sessions SET ${column} = now() - interval '1 second' WHERE id = $1`, [sessionId])

t.test('a user sees their sessions: the current one first, then the others, the last used first', async (t) => {
  const ada = await register(node.baseUrl)
  const phone = await fetch(`${node.baseUrl}/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'user-agent': 'Notes/2.1 (iOS)' },
    body: JSON.stringify({ email: ada.user.email, password }),
  }).then((answer) => answer.json() as Promise<Registered>)
  const page = openPage(node.baseUrl)
  await page.login(ada.user.email)
  await refresh(node.baseUrl, phone.refresh_token)
  const { status, body, headers } = await list(ada.access_token)
  t.equal(status, 200)
  t.equal(headers.get('cache-control'), 'no-store')
  t.match(body, {
    total: 3,
    sessions: [
      { id: ada.session_id, current: true, mode: 'bearer' },
      { id: phone.session_id, current: false, mode: 'bearer', device: 'Notes', ip: '127.0.0.1' },
      { current: false, mode: 'cookie', ip: '127.0.0.1' },
    ],
  })
  const second = body.sessions[1]
  if (!second) throw new Error('not listed')
  const { created_at, last_used_at, expires_at, absolute_expires_at } = second
  t.ok(last_used_at > created_at, 'the refresh counts as use')
  t.equal(Date.parse(expires_at) - Date.parse(last_used_at), 3600_000, 'idle: from the last use')
  t.ok(Math.abs(Date.parse(absolute_expires_at) - Date.parse(created_at) - 86400_000) < 100, 'absolute: from the login')
  const seen = await page.ask('GET', '/auth/sessions')
  t.match(seen, { status: 200, body: { sessions: [{ mode: 'cookie', current: true }, {}, {}] } }, 'by a cookie too')
})

t.test('expires_at is the absolute expiry where that comes before the idle expiry', async (t) => {
  const ada = await register(node.baseUrl)
  await node.database.pool.query(
    `UPDATE sessions SET absolute_expires_at = now() + interval '60 seconds' WHERE id = $1`,
    [ada.session_id],
  )
  const [session] = (await list(ada.access_token)).body.sessions
  t.equal(session?.expires_at, session?.absolute_expires_at)
})

t.test('the list has neither ended sessions nor those of other users', async (t) => {
  const [ada, ...rest] = await personWith(4)
  await register(node.baseUrl)
  const [idle, absolute, ended] = rest
  await age(idle?.session_id ?? '', 'idle_expires_at')
  await age(absolute?.session_id ?? '', 'absolute_expires_at')
  await end(ada.access_token, ended?.session_id)
  const { body } = await list(ada.access_token)
  t.match(body, { total: 1, sessions: [{ id: ada.session_id }] })
  t.equal(body.sessions.length, 1)
})

t.test('of very many sessions, the latest and the current one are listed, and all are counted', async (t) => {
  const [old, ...news] = await personWith(2)
  await node.database.pool.query(
    `INSERT INTO sessions (id, user_id, head_hash, idle_expires_at, absolute_expires_at)
     SELECT gen_random_uuid(), $1, '', now() + interval '1 hour', now() + interval '1 hour' FROM generate_series(1, 300)`,
    [old.user.id],
  )
  const { body } = await list(old.access_token)
  t.equal(body.total, 301 + news.length)
  t.equal(body.sessions.length, 200)
  t.equal(body.sessions[0]?.id, old.session_id)
})

t.test(
  'a user ends one session: this node denies it at once, every node does soon, and the other sessions go on',
  async (t) => {
    const [ada, lost, stays] = await personWith(3)
    if (!lost || !stays) throw new Error('not logged in')
    t.equal((await whoami(other.baseUrl, lost.access_token)).status, 200)
    const answer = await end(ada.access_token, lost.session_id)
    t.equal(answer.status, 204)
    t.equal((await whoami(node.baseUrl, lost.access_token)).status, 401, 'here before the answer')
    await t.resolves(untilDenied(other, lost.access_token), 'on the other node')
    t.equal((await refresh(other.baseUrl, lost.refresh_token)).status, 401)
    t.same(await reasons([ada, lost, stays]), [null, 'signed_out', null])
    for (const { access_token } of [ada, stays]) {
      t.equal((await whoami(node.baseUrl, access_token)).status, 200)
      t.equal((await list(access_token)).status, 200)
    }
    t.match(await events('session_signed_out', ada.user.id), [
      {
        actor_id: ada.user.id,
        session_id: ada.session_id,
        ip: '127.0.0.1',
        detail: { reason: 'signed_out', session: lost.session_id },
      },
    ])
  },
)

t.test('a user may end the current session', async (t) => {
  const [ada, phone] = await personWith(2)
  t.equal((await end(ada.access_token, ada.session_id)).status, 204)
  t.equal((await end(ada.access_token, ada.session_id)).status, 401)
  t.same(await reasons([ada, phone as Registered]), ['signed_out', null])
})

t.test('a session id in capital letters is denied like any other', async (t) => {
  const [ada, lost] = await personWith(2)
  const deaf = await startNode(t, { databaseUrl: node.databaseUrl })
  await deaf.revocations.stop() // so that only what the request itself denies is seen
  const address = `${deaf.baseUrl}/auth/sessions/${lost?.session_id.toUpperCase()}`
  t.equal((await call(address, { method: 'DELETE', token: ada.access_token })).status, 204)
  t.equal((await whoami(deaf.baseUrl, lost?.access_token ?? '')).status, 401)
})

t.test('an id that is no active session of the user is not found, and nothing changes', async (t) => {
  const [ada, idle, absolute, ended] = await personWith(4)
  const [eve] = await personWith(1)
  await age(idle?.session_id ?? '', 'idle_expires_at')
  await age(absolute?.session_id ?? '', 'absolute_expires_at')
  await end(ada.access_token, ended?.session_id)
  const ids = {
    'of another user': eve.session_id,
    'past its idle end': idle?.session_id,
    'past its absolute end': absolute?.session_id,
    'ended before': ended?.session_id,
    unknown: randomUUID(),
    'no id': 'x',
    'the zeros': '00000000-0000-0000-0000-000000000000',
    'an id and more': `${ada.session_id}0`,
    quoted: "'%20OR%20true--",
    'a null': '%00',
    'not UTF-8': '%ff',
    'a slash': '%2f',
    all: 'all',
  }
  const dump = async () => (await node.database.pool.query('SELECT * FROM sessions ORDER BY id')).rows
  const [before, written] = [await dump(), (await events('session_signed_out', ada.user.id)).length]
  const told = new Set<unknown>()
  for (const [name, id] of Object.entries(ids)) {
    const answer = await end(ada.access_token, id)
    t.match(answer, { status: 404, body: { code: 'not_found' } }, name)
    told.add(answer.body['detail'])
  }
  t.equal(told.size, 1, 'all in the same words')
  t.match(await end(ada.access_token, 'x'.repeat(129)), { status: 414 })
  t.same(await dump(), before)
  t.equal((await events('session_signed_out', ada.user.id)).length, written)
  t.equal((await whoami(node.baseUrl, eve.access_token)).status, 200)
})

t.test('scope=others ends all other sessions of the user, and nobody else’s', async (t) => {
  const [ada, ...others] = await personWith(4)
  const [eve] = await personWith(1)
  await age(others[2]?.session_id ?? '', 'idle_expires_at')
  t.equal((await end(ada.access_token)).status, 204)
  t.same(await reasons([ada, ...others, eve]), [null, 'signed_out', 'signed_out', null, null])
  for (const { access_token } of others.slice(0, 2)) await untilDenied(other, access_token)
  t.equal((await list(ada.access_token)).body.total, 1)
  t.match(await events('sessions_signed_out', ada.user.id), [
    { actor_id: ada.user.id, session_id: ada.session_id, detail: { reason: 'signed_out', scope: 'others', count: 2 } },
  ])
  t.equal((await end(ada.access_token)).status, 204, 'again: nothing more happens')
  t.equal((await events('sessions_signed_out', ada.user.id)).length, 1)
})

t.test('scope=all ends all sessions, the current one too', async (t) => {
  const [ada, phone] = await personWith(2)
  t.equal((await end(ada.access_token, '', '?scope=all')).status, 204)
  t.same(await reasons([ada, phone as Registered]), ['signed_out', 'signed_out'])
  t.equal((await end(ada.access_token, '', '?scope=all')).status, 401)
})

t.test('an unknown scope, or more than one, is refused', async (t) => {
  const [ada, phone] = await personWith(2)
  for (const query of ['?scope=none', '?scope=', '?scope=all&scope=others', '?scope[]=all', '?all=1']) {
    t.match(await end(ada.access_token, '', query), { status: 400, body: { code: 'invalid_request' } }, query)
  }
  t.same(await reasons([phone as Registered]), [null])
})

t.test(
  'in cookie mode, ending the current session takes the cookies back, and ending another leaves them',
  async (t) => {
    const page = openPage(node.baseUrl)
    const { body } = await page.register()
    const { session_id: id, user } = body as Registered
    const phone = await login(user)
    t.match(await page.ask('DELETE', `/auth/sessions/${phone.session_id}`), { status: 204, setCookies: { length: 0 } })
    const names = () => [...page.jar.keys()].toSorted()
    const device = '__Host-Http-device'
    const all = ['__Host-Http-access', device, '__Host-Http-refresh']
    t.same(names(), all)
    t.equal((await page.ask('DELETE', '/auth/sessions')).status, 204)
    t.same(names(), all)
    t.equal((await page.ask('DELETE', `/auth/sessions/${id}`)).status, 204)
    t.same(names(), [device])
    await page.login(user.email)
    t.equal((await page.ask('DELETE', '/auth/sessions?scope=all')).status, 204)
    t.same(names(), [device])
  },
)

t.test('without an active session a request neither ends nor sees a session', async (t) => {
  const [ada, phone] = await personWith(2)
  for (const method of ['GET', 'DELETE']) t.equal((await call(at(), { method })).status, 401)
  await call(`${node.baseUrl}/auth/logout`, { method: 'POST', token: ada.access_token })
  for (const method of ['GET', 'DELETE']) t.equal((await call(at(), { method, token: ada.access_token })).status, 401)
  t.equal((await end(ada.access_token, phone?.session_id)).status, 401)
  t.same(await reasons([phone as Registered]), [null])
})
