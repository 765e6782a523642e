import { decodeJwt } from 'jose'
import t from 'tap'
import { openPage, partner, spaOrigins } from '../http/browser/page.ts'
import { auditOf, login } from '../passwords/mailbox.ts'
import { call, password, refresh, register, whoami } from '../setup/client.ts'
import { duringNextCompare } from '../setup/hashing.ts'
import { startNode } from '../setup/node.ts'
import { row } from '../setup/sessions.ts'

const node = await startNode(t, { env: { SPA_ORIGINS: spaOrigins } })
const reauthenticate = (token: string, given: unknown = password) =>
  call<Record<string, string>>(`${node.baseUrl}/auth/reauthenticate`, { token, body: { password: given } })

/** Registers a user whose login was an hour ago, as the access token says. */
async function registerEarlier() {
  const pair = await register(node.baseUrl)
  const sql = `UPDATE sessions SET authenticated_at = authenticated_at - interval '1 hour', amr = '{}' WHERE id = $1`
  await node.database.pool.query(sql, [pair.session_id])
  return (await refresh(node.baseUrl, pair.refresh_token)).body
}
const ageOf = (token: string) => Math.round(Date.now() / 1000 - Number(decodeJwt(token)['auth_time']))

t.test('the password gives new tokens of the same session with a new auth_time', async (t) => {
  const pair = await registerEarlier()
  t.ok(ageOf(pair.access_token) >= 3600, 'before')
  const before = await row(node, pair.session_id)
  const { status, headers, body } = await reauthenticate(pair.access_token)
  t.equal(status, 200)
  t.equal(headers.get('cache-control'), 'no-store')
  t.same(Object.keys(body).toSorted(), Object.keys(pair).toSorted())
  t.match(body, { token_type: 'Bearer', expires_in: 600, session_id: pair.session_id, user: pair.user })
  t.ok(ageOf(body['access_token']!) <= 60)
  t.match(decodeJwt(body['access_token']!), { sid: pair.session_id, sub: pair.user.id, amr: ['pwd'] })
  t.equal((await whoami(node.baseUrl, body['access_token']!)).status, 200)

  t.ok(ageOf(pair.access_token) >= 3600, 'an older token says what it said')
  t.equal((await whoami(node.baseUrl, pair.access_token)).status, 200, 'and goes on')
  const after = await row(node, pair.session_id)
  t.same(after.amr, ['pwd'])
  t.same(after.idle_expires_at, before.idle_expires_at, 'the life of the session stays')
  t.equal(after.generation, before.generation + 1)
  const next = await refresh(node.baseUrl, body['refresh_token'] ?? '')
  t.ok(ageOf(next.body.access_token) <= 60, 'tokens of later refreshes say it too')
  const who = { actor_id: pair.user.id, session_id: pair.session_id, ip: '127.0.0.1' }
  t.match((await auditOf(node, pair.user.id)).at(-1), { type: 'reauthenticated', ...who })
})

t.test('a wrong password changes nothing and is audited', async (t) => {
  const pair = await registerEarlier()
  const before = await row(node, pair.session_id)
  const answer = await reauthenticate(pair.access_token, 'not the password')
  t.match(answer, { status: 401, body: { code: 'invalid_credentials' } })
  t.same(await row(node, pair.session_id), before)
  t.equal((await whoami(node.baseUrl, pair.access_token)).status, 200, 'and the session goes on')
  const who = { actor_id: pair.user.id, session_id: pair.session_id }
  t.match((await auditOf(node, pair.user.id)).at(-1), { type: 'reauthentication_failed', ...who })
})

t.test('auth_time of another session of the user does not change', async (t) => {
  const pair = await registerEarlier()
  const other = (await login(node, pair.user.email)).body as Record<string, string>
  const before = await row(node, pair.session_id)
  t.equal((await reauthenticate(other['access_token']!)).status, 200)
  t.same(await row(node, pair.session_id), before)
})

const { pool } = node.database
const ends: Record<string, (ids: { session: string; user: string }) => Promise<unknown>> = {
  'a session that has ended': ({ session }) =>
    pool.query('UPDATE sessions SET revoked_at = now() WHERE id = $1', [session]),
  'an expired session': ({ session }) =>
    pool.query('UPDATE sessions SET absolute_expires_at = now() WHERE id = $1', [session]),
  'a disabled user': ({ user }) => pool.query('UPDATE users SET disabled_at = now() WHERE id = $1', [user]),
  'a deleted user': ({ user }) => pool.query('DELETE FROM users WHERE id = $1', [user]),
}
for (const [what, end] of Object.entries(ends)) {
  t.test(`${what} gets no token, also when that happens while the password is checked`, async (t) => {
    for (const meanwhile of [false, true]) {
      const pair = await register(node.baseUrl)
      const ending = () => end({ session: pair.session_id, user: pair.user.id })
      if (meanwhile) duringNextCompare(t, ending)
      else await ending()
      t.match(await reauthenticate(pair.access_token), { status: 401, body: { code: 'token_revoked' } })
    }
  })
}

t.test('a password that is changed while it is checked gets no token', async (t) => {
  const pair = await register(node.baseUrl)
  const another = { email: 'neighbour@example.com', password: 'quite another sentence' }
  await call(`${node.baseUrl}/auth/register`, { body: another })
  const theirs = '(SELECT password_hash FROM users WHERE email_key = $2)'
  const change = `UPDATE users SET password_hash = ${theirs} WHERE id = $1`
  duringNextCompare(t, () => pool.query(change, [pair.user.id, another.email]))
  t.match(await reauthenticate(pair.access_token), { status: 401, body: { code: 'token_revoked' } })
})

t.test('an older hash is renewed, and the password is accepted', async (t) => {
  const stronger = await startNode(t, { databaseUrl: node.databaseUrl, env: { BCRYPT_COST: '10' } })
  const pair = await register(node.baseUrl)
  const answer = await call(`${stronger.baseUrl}/auth/reauthenticate`, { token: pair.access_token, body: { password } })
  t.equal(answer.status, 200)
  const { rows } = await pool.query('SELECT password_hash FROM users WHERE id = $1', [pair.user.id])
  t.match(rows[0].password_hash, /:\$2b\$10\$/)
})

t.test('in cookie mode both cookies are set', async (t) => {
  const page = openPage(node.baseUrl)
  await page.register()
  const { status, body, setCookies } = await page.ask('POST', '/auth/reauthenticate', { password })
  t.equal(status, 200)
  t.same(Object.keys(body), ['status', 'mode', 'expires_in', 'refresh_expires_in', 'session_id', 'user'])
  t.match(body, { status: 'signed_in', mode: 'cookie' })
  t.match(setCookies, [/^__Host-Http-access=/, /^__Host-Http-refresh=cs1/])
  t.match(setCookies[0], /^__Host-Http-access=ey[^;]+; Max-Age=600; Path=\/; HttpOnly; Secure; SameSite=Strict$/)
  t.equal((await page.whoami()).status, 200)
  t.equal((await page.refresh()).status, 200)
})

t.test('a cross-site page gets a cookie for its site', async (t) => {
  const page = openPage(node.baseUrl, { origin: partner, site: 'cross-site' })
  await page.register()
  const { setCookies } = await page.ask('POST', '/auth/reauthenticate', { password })
  const ofItsSite = /; Secure; Partitioned; SameSite=None$/
  t.match(setCookies, [ofItsSite, ofItsSite])
})
