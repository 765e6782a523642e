import { decodeJwt } from 'jose'
import t from 'tap'
import { signClaims } from '../../src/tokens/access-token.ts'
import { openPage, spaOrigins } from '../http/browser/page.ts'
import { call, password, refresh, register } from '../setup/client.ts'
import { age, row } from '../setup/sessions.ts'
import { introspect, revoke, startOauthNode } from './services.ts'

let now = Date.now()
const node = await startOauthNode(t, {
  clock: () => now,
  env: { SPA_ORIGINS: spaOrigins, AUDIENCE: 'https://api.test' },
})
const { baseUrl, database } = node
const inactive = { active: false }

t.test('an active access token is described by its claims', async (t) => {
  const { access_token: token } = await register(baseUrl)
  const { tv: _, ...claims } = decodeJwt(token)
  t.strictSame(await introspect(node, token), { active: true, token_type: 'Bearer', ...claims })
  t.strictSame(Object.keys(claims).toSorted(), 'acr amr aud auth_time client_id exp iat iss jti sid sub'.split(' '))
  t.match(claims, { iss: 'https://auth.example.test', aud: 'https://api.test', client_id: 'first-party' })
})

t.test('scope is in the response if the token has one', async (t) => {
  const { access_token: token } = await register(baseUrl)
  const scoped = signClaims({ ...decodeJwt(token), scope: 'read write' }, node.keyRing.signing)
  t.match(await introspect(node, scoped), { active: true, scope: 'read write' })
})

t.test('an active refresh token is described by its user and expiry, without a token type', async (t) => {
  const { refresh_token: token, session_id: sid, user } = await register(baseUrl)
  const { idle_expires_at: idle } = await row(node, sid)
  const exp = Math.floor((idle as Date).getTime() / 1000)
  t.strictSame(await introspect(node, token), { active: true, sub: user.id, sid, exp })
  t.match(
    await introspect(node, token, { token_type_hint: 'access_token' }),
    { active: true, sid },
    'whatever the hint',
  )
  await database.pool.query(`UPDATE sessions SET absolute_expires_at = now() + interval '1 hour' WHERE id = $1`, [sid])
  const hour = (await introspect(node, token))['exp'] as number
  t.ok(Math.abs(hour - Date.now() / 1000 - 3600) < 30, 'the session’s last moment, where that comes first')
})

t.test('the refresh token of a cookie session is described too', async (t) => {
  const page = openPage(baseUrl)
  await page.register()
  t.match(await introspect(node, String(page.jar.get('__Host-Http-refresh'))), { active: true, sid: String })
  t.match(await introspect(node, String(page.jar.get('__Host-Http-access'))), { active: true, token_type: 'Bearer' })
})

t.test('the previous refresh token is active, because a refresh would still accept it', async (t) => {
  const pair = await register(baseUrl)
  const { body: next } = await refresh(baseUrl, pair.refresh_token)
  for (const token of [pair.refresh_token, next.refresh_token]) t.match(await introspect(node, token), { active: true })
  await age(node, pair.session_id, 60)
  t.match(await introspect(node, pair.refresh_token), { active: true }, 'also past the leeway')
  t.equal((await refresh(baseUrl, pair.refresh_token)).status, 200, 'as it turns out')
  t.match(await introspect(node, next.refresh_token), { active: true }, 'and so is its successor')
})

t.test('introspection changes nothing, and ends no session of a reused token', async (t) => {
  const pair = await register(baseUrl)
  const { body: next } = await refresh(baseUrl, pair.refresh_token)
  const { body: newest } = await refresh(baseUrl, next.refresh_token)
  const before = await row(node, pair.session_id)
  t.strictSame(await introspect(node, pair.refresh_token), inactive)
  for (const token of [next.refresh_token, newest.refresh_token, newest.access_token]) {
    t.match(await introspect(node, token), { active: true })
  }
  t.strictSame(await row(node, pair.session_id), before)
  t.equal((await refresh(baseUrl, newest.refresh_token)).status, 200)
})

type Ids = { session: string; user: string; access: string }
const ends: Record<string, (ids: Ids) => Promise<unknown>> = {
  'after a logout': ({ access }) => call(`${baseUrl}/auth/logout`, { method: 'POST', token: access }),
  'after a revocation': ({ access }) => revoke(node, access),
  'of a session that ended elsewhere a moment ago': ({ session }) =>
    database.pool.query(`UPDATE sessions SET revoked_at = now(), revoke_reason = 'logout' WHERE id = $1`, [session]),
  'of a session that was idle too long': ({ session }) =>
    database.pool.query('UPDATE sessions SET idle_expires_at = now() WHERE id = $1', [session]),
  'of a session that has lasted long enough': ({ session }) =>
    database.pool.query('UPDATE sessions SET absolute_expires_at = now() WHERE id = $1', [session]),
  'of a disabled user': ({ user }) => database.pool.query('UPDATE users SET disabled_at = now() WHERE id = $1', [user]),
  'of a deleted user': ({ user }) => database.pool.query('DELETE FROM users WHERE id = $1', [user]),
}
for (const [which, end] of Object.entries(ends)) {
  t.test(`both tokens ${which} are inactive, and the response has no other member`, async (t) => {
    const { access_token: access, refresh_token, session_id: session, user } = await register(baseUrl)
    for (const token of [access, refresh_token]) t.match(await introspect(node, token), { active: true })
    await end({ session, user: user.id, access })
    for (const token of [access, refresh_token]) t.strictSame(await introspect(node, token), inactive)
  })
}

t.test('after a new token version the access token is inactive and the refresh token is active', async (t) => {
  const pair = await register(baseUrl)
  await database.pool.query('UPDATE users SET token_version = token_version + 1 WHERE id = $1', [pair.user.id])
  t.strictSame(await introspect(node, pair.access_token), inactive)
  t.match(await introspect(node, pair.refresh_token), { active: true })
})

t.test('an expired access token is inactive while its session goes on', async (t) => {
  const pair = await register(baseUrl)
  now += 600_000
  t.strictSame(await introspect(node, pair.access_token), inactive)
  t.match(await introspect(node, pair.refresh_token), { active: true })
})

t.test('a token that this node denies is inactive, whatever the row says', async (t) => {
  const pair = await register(baseUrl)
  node.revocations.denySession(pair.session_id, pair.user.id)
  t.strictSame(await introspect(node, pair.access_token), inactive)
})

t.test('a forged token of an active session is inactive', async (t) => {
  const { user, ...one } = await register(baseUrl)
  const { body: other } = await call(`${baseUrl}/auth/login`, { body: { email: user.email, password } })
  const [, id = ''] = String(other['refresh_token']).split('.')
  const parts = one.refresh_token.split('.')
  for (const forged of [parts.with(4, 'A'.repeat(22)), parts.with(3, 'A'.repeat(43)), parts.with(1, id)]) {
    t.strictSame(await introspect(node, forged.join('.')), inactive)
  }
  t.strictSame(await introspect(node, `${one.access_token.slice(0, -4)}AAAA`), inactive)
})
