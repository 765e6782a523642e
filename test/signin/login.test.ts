/** A login and the events around it: failures that are audited, and sessions that end or are not started. */
import { randomBytes, randomUUID } from 'node:crypto'
import t from 'tap'
import { createNewSessionStore } from '../../src/sessions/new-session-store.ts'
import { openPage, spaOrigins } from '../http/browser/page.ts'
import { auditOf, login } from '../passwords/mailbox.ts'
import { call, nowhere, refresh, register, whoami } from '../setup/client.ts'
import { duringNextCompare } from '../setup/hashing.ts'
import { startNode } from '../setup/node.ts'
import { row } from '../setup/sessions.ts'
import { whileHeld } from '../setup/waiting.ts'

// This node polls the database once a second, so what it denies with the response, the request itself denied.
const node = await startNode(t, { env: { SPA_ORIGINS: spaOrigins, REVOCATION_LISTEN: 'off' } })
const { pool } = node.database
const disable = (id: string) => pool.query('UPDATE users SET disabled_at = now() WHERE id = $1', [id])
const loginsOf = async (id: string) => (await typesOf(id)).filter((type) => type === 'login_succeeded').length
const typesOf = async (id: string) => (await auditOf(node, id)).map(({ type }) => type as string)

t.test('a login to a disabled account is audited as failed', async (t) => {
  const { user } = await register(node.baseUrl)
  await disable(user.id)
  t.match(await login(node, user.email), { status: 403, body: { code: 'account_disabled' } })
  t.equal((await typesOf(user.id)).at(-1), 'login_failed')
})

t.test('with SIGNUP=verified, a login to an unverified account is audited as failed', async (t) => {
  const { user } = await register(node.baseUrl)
  const strict = await startNode(t, { databaseUrl: node.databaseUrl, env: { SIGNUP: 'verified' } })
  t.match(await login(strict, user.email), { status: 403, body: { code: 'email_not_verified' } })
  t.equal((await typesOf(user.id)).at(-1), 'login_failed')
})

t.test('an account that is disabled while its password is compared gets no session', async (t) => {
  const { user } = await register(node.baseUrl)
  duringNextCompare(t, () => disable(user.id))
  t.match(await login(node, user.email), { status: 401, body: { code: 'invalid_credentials' } })
  t.equal(await loginsOf(user.id), 1, 'only the one at the registration')
})

t.test('an account that is being disabled while its session starts gets no session', async (t) => {
  const { user } = await register(node.baseUrl)
  const answer = await whileHeld(
    node,
    (query) => query('UPDATE users SET disabled_at = now() WHERE id = $1', [user.id]),
    () => login(node, user.email),
  )
  t.match(answer, { status: 401, body: { code: 'invalid_credentials' } })
  t.equal(await loginsOf(user.id), 1, 'only the one at the registration')
})

t.test('the store starts no session for a disabled account, also with its current version', async (t) => {
  const { user } = await register(node.baseUrl)
  await disable(user.id)
  const account = await node.database.prisma.user.findUniqueOrThrow({ where: { id: user.id } })
  const session = {
    id: randomUUID(),
    mode: 'bearer',
    headHash: randomBytes(32),
    amr: ['pwd'],
    device: 'a test',
  } as const
  const lives = { remembered: true, idleSeconds: 60, maxSeconds: 60, mostSessions: 9 }
  const inserted = await createNewSessionStore(node.database).insert({
    ...session,
    ...lives,
    account,
    context: nowhere,
  })
  t.equal(inserted, undefined)
})

t.test('in cookie mode a login ends the earlier session of the browser, and its token is denied at once', async (t) => {
  const page = openPage(node.baseUrl)
  await page.register('tab@example.com')
  const token = String(page.jar.get('__Host-Http-access'))
  t.equal((await whoami(node.baseUrl, token)).status, 200)
  t.equal((await page.login('tab@example.com')).status, 200)
  t.equal((await whoami(node.baseUrl, token)).status, 401)
})

t.test('a reused refresh token ends the session, and its access token is denied at once', async (t) => {
  const first = await register(node.baseUrl)
  const second = (await refresh(node.baseUrl, first.refresh_token)).body
  await refresh(node.baseUrl, second.refresh_token)
  t.equal((await refresh(node.baseUrl, first.refresh_token)).status, 401)
  t.equal((await whoami(node.baseUrl, second.access_token)).status, 401)
  t.equal((await row(node, first.session_id)).revoke_reason, 'reuse')
})

t.test('a second logout keeps the reason of the first and writes no event', async (t) => {
  const { user, session_id: id, refresh_token: token } = await register(node.baseUrl)
  const logout = () => call(`${node.baseUrl}/auth/logout`, { body: { refresh_token: token } })
  t.equal((await logout()).status, 204)
  const [before, events] = [await row(node, id), await typesOf(user.id)]
  await pool.query(`UPDATE sessions SET revoke_reason = 'password_changed' WHERE id = $1`, [id])
  t.equal((await logout()).status, 204)
  t.same(await row(node, id), { ...before, revoke_reason: 'password_changed' })
  t.same(await typesOf(user.id), events)
})
