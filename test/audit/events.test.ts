/** Each type of audit event has a row here. The row says how it comes about and which ids it must have. */
import t from 'tap'
import { auditTypes } from '../../src/audit/audit-event.ts'
import type { TokenPair } from '../../src/sessions/token-pair.ts'
import { auditRows, change, endSessions, registerAdmin } from '../setup/admins.ts'
import { password, refresh as refreshOver, register } from '../setup/client.ts'
import { keeperOf } from '../setup/key-keeper.ts'
import { startNode } from '../setup/node.ts'
import { age } from '../setup/sessions.ts'
import { cookiesAfter } from '../setup/set-cookies.ts'
import { accountRows } from './account-rows.ts'
import { ownSession, type Row, type Send, stranger } from './event-row.ts'
import { factorRows } from './factor-rows.ts'
import { mailRows } from './mail-rows.ts'
import { passkeyRows } from './passkey-rows.ts'
import { resetRows, trustedDeviceRows } from './trusted-device-rows.ts'

// The test is a trusted proxy, so that it may choose the ids of its requests.
const trusted = { TRUSTED_PROXIES: '127.0.0.1' }
const node = await startNode(t, { env: { ...trusted, SPA_ORIGINS: 'https://app.example.test' } })
const nodeWith = (env: Record<string, string>) =>
  startNode(t, { databaseUrl: node.databaseUrl, env: { ...trusted, ...env } })
const verified = await nodeWith({ SIGNUP: 'verified' })
const bounded = await nodeWith({ SESSIONS_PER_USER: '1' })
const trusting = await nodeWith({ TRUST_DEVICE_DAYS: '30' })
const limited = await nodeWith({ RATE_LIMITS: 'login_account=1/600,factor_account=1/600' })
const careful = await nodeWith({ ADMIN_RESET_NEEDS_TWO: 'on' })
const admin = await registerAdmin(node)
const keeper = keeperOf(node)

let requests = 0
/** Sends a request with an id of its own, by which the test finds its events. */
const send: Send = async (method: string, path: string, given = {}) => {
  const headers: Record<string, string> = { 'x-request-id': `request-${++requests}`, 'user-agent': 'Table/1.0' }
  if (given.body !== undefined) headers['content-type'] = 'application/json'
  if (given.token !== undefined) headers['authorization'] = `Bearer ${given.token}`
  if (given.cookies !== undefined) {
    Object.assign(headers, { 'x-auth-mode': 'cookie', origin: 'https://app.example.test', cookie: given.cookies })
  }
  const body = given.body === undefined ? null : JSON.stringify(given.body)
  return fetch(`${given.at ?? node.baseUrl}${path}`, { method, headers, body })
}
const refresh = (refreshToken: string) => send('POST', '/auth/refresh', { body: { refresh_token: refreshToken } })
const patch = (who: TokenPair, wish: unknown) =>
  send('PATCH', `/admin/users/${who.user.id}`, { token: admin.access_token, body: wish })

const unknown = { actor: null, subject: 'user', session: 'user' } as const
const administration = { actor: 'admin', subject: 'user', session: 'admin' } as const

const rows: readonly Row[] = [
  [
    'account_registered',
    { actor: 'user', subject: 'user', session: null },
    async () => {
      await send('POST', '/auth/register', { body: { email: `table-${requests}@example.com`, password } })
    },
  ],
  [
    'login_succeeded',
    { ...ownSession, session: 'new' },
    ({ user: { email } }) => send('POST', '/auth/login', { body: { email, password } }),
  ],
  [
    'login_failed',
    stranger,
    ({ user: { email } }) => send('POST', '/auth/login', { body: { email, password: 'not the password' } }),
  ],
  [
    'login_refused',
    stranger,
    async ({ user: { email } }) => {
      const guess = { body: { email, password: 'not the password' }, at: limited.baseUrl }
      await send('POST', '/auth/login', guess)
      await send('POST', '/auth/login', guess)
    },
    { by: 'login_account' },
  ],
  [
    'refresh_replayed',
    unknown,
    async ({ refresh_token: token }) => {
      await refreshOver(node.baseUrl, token)
      await refresh(token)
    },
  ],
  [
    'refresh_forked',
    unknown,
    async ({ refresh_token: token, session_id: id }) => {
      await refreshOver(node.baseUrl, token)
      await age(node, id, 60)
      await refresh(token)
    },
  ],
  [
    'refresh_reused',
    unknown,
    async ({ refresh_token: token }) => {
      await refreshOver(node.baseUrl, (await refreshOver(node.baseUrl, token)).body.refresh_token)
      await refresh(token)
    },
  ],
  [
    'refresh_ahead',
    unknown,
    async ({ refresh_token: token, session_id: id }) => {
      const next = (await refreshOver(node.baseUrl, token)).body.refresh_token
      const sql = `UPDATE sessions SET generation = 0, head_hash = '\\x00', prev_hash = NULL WHERE id = $1`
      await node.database.pool.query(sql, [id])
      await refresh(next)
    },
  ],
  [
    'refresh_superseded',
    unknown,
    async ({ access_token: token, refresh_token: old }) => {
      await send('POST', '/auth/reauthenticate', { token, body: { password } })
      await refresh(old)
    },
  ],
  [
    'refresh_ended',
    unknown,
    async (ada) => {
      await endSessions(node, admin, ada.user.id)
      await refresh(ada.refresh_token)
    },
  ],
  ['logout', ownSession, ({ access_token: token }) => send('POST', '/auth/logout', { token })],
  [
    'session_replaced',
    { ...ownSession, session: 'new' },
    async ({ user: { email } }) => {
      const login = (cookies: string) => send('POST', '/auth/login', { body: { email, password }, cookies })
      await login(cookiesAfter(await login('')))
    },
  ],
  [
    'session_evicted',
    ownSession,
    async ({ user: { email } }) =>
      void (await send('POST', '/auth/login', { body: { email, password }, at: bounded.baseUrl })),
  ],
  ['account_exported', ownSession, ({ access_token: token }) => send('GET', '/auth/me/export', { token })],
  [
    'admin_roles_changed',
    administration,
    (ada) => patch(ada, { roles: ['editor'] }),
    { added: ['editor'], removed: [] },
  ],
  ['admin_account_disabled', administration, (ada) => patch(ada, { disabled: true })],
  [
    'admin_account_enabled',
    administration,
    async (ada) => {
      await change(node, admin, ada.user.id, { disabled: true })
      await patch(ada, { disabled: false })
    },
  ],
  ['admin_email_verified', administration, (ada) => patch(ada, { email_verified: true }), { verified: true }],
  [
    'admin_sessions_ended',
    administration,
    ({ user: { id } }) => send('DELETE', `/admin/users/${id}/sessions`, { token: admin.access_token }),
    { sessions: 1, reason: 'admin' },
  ],
  [
    'admin_refused',
    ownSession,
    async ({ access_token: token, user: { id } }) => {
      await send('DELETE', `/admin/users/${id}/sessions`, { token })
    },
    { route: 'DELETE /admin/users/:id/sessions', code: 'forbidden' },
  ],
  ...accountRows(node, verified, send),
  ...passkeyRows(node, send),
  ...trustedDeviceRows(node, trusting, send),
  ...factorRows(node, limited, send),
  ...mailRows(node, send),
  ...resetRows(careful, admin.access_token, send),
]

for (const [type, ids, act, detail] of rows) {
  t.test(type, async (t) => {
    const ada = await register(node.baseUrl)
    await act(ada)
    const found = await auditRows(node, 'type = $1 AND request_id = $2', [type, `request-${requests}`])
    t.equal(found.length, 1)
    const [event] = found
    t.match(event, { at: Date, ip: '127.0.0.1', user_agent: 'Table/1.0' })
    t.ok(Math.abs(event.at - Date.now()) < 60_000)
    if (type === 'account_registered') t.ok(event.actor_id !== null && event.actor_id === event.subject_id)
    else {
      t.equal(event.actor_id, ids.actor && { user: ada, admin }[ids.actor].user.id)
      t.equal(event.subject_id, ids.subject && ada.user.id)
    }
    if (ids.session === 'new') t.ok(event.session_id !== null && event.session_id !== ada.session_id)
    else t.equal(event.session_id, ids.session && { user: ada, admin }[ids.session].session_id)
    t.same(event.detail, detail ?? null)
  })
}

t.test('account_deleted keeps only the ids and the request', async (t) => {
  const ada = await register(node.baseUrl)
  await send('DELETE', '/auth/me', { token: ada.access_token })
  const ids = { actor_id: ada.user.id, subject_id: ada.user.id, session_id: ada.session_id }
  const where = { ip: null, user_agent: null, request_id: `request-${requests}` }
  const events = await auditRows(node, `type = 'account_deleted'`)
  t.equal(events.length, 1)
  t.match(events, [{ ...ids, ...where }])
})

t.test('a usual refresh writes no event', async (t) => {
  const ada = await register(node.baseUrl)
  t.equal((await refreshOver(node.baseUrl, ada.refresh_token)).status, 200)
  const events = await auditRows(node, 'session_id = $1', [ada.session_id])
  t.same(
    events.map(({ type }) => type),
    ['login_succeeded'],
  )
})

t.test('key_rotated and key_revoked are written for an operator, and not if the change is refused', async (t) => {
  const { kid, signsFrom } = await keeper.rotate()
  const nobody = { actor_id: null, subject_id: null, session_id: null, ip: null }
  const [rotated] = await auditRows(node, `type = 'key_rotated'`)
  t.match(rotated, { ...nobody, detail: { kid, signs_from: new Date(signsFrom).toISOString() } })
  await keeper.revoke(kid)
  t.match(await auditRows(node, `type = 'key_revoked'`), [{ ...nobody, detail: { kid } }])
  await t.rejects(keeper.revoke(kid), /revoked already/)
  await t.rejects(keeper.revoke('nobody'), /no key/)
  t.equal((await auditRows(node, `type LIKE 'key_%'`)).length, 2, 'a refused change writes no event')
})

t.test('every type of event has a row', async (t) => {
  const tested = new Set<string>([...rows.map(([type]) => type), 'account_deleted', 'key_rotated', 'key_revoked'])
  t.same([...tested].toSorted(), auditTypes.toSorted())
})
