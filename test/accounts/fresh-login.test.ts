/** Requests that could take an account away from its user need a recent login, because the session may be stolen. */
import t from 'tap'
import type { TokenPair } from '../../src/sessions/token-pair.ts'
import { openPage, spaOrigins } from '../http/browser/page.ts'
import { call, password, register } from '../setup/client.ts'
import { startNode } from '../setup/node.ts'
import { withOldLogin } from '../setup/sessions.ts'

const node = await startNode(t, { env: { SPA_ORIGINS: spaOrigins, REAUTHENTICATION_SECONDS: '300' } })
const { pool } = node.database
const challenge =
  'Bearer realm="countersign", error="insufficient_user_authentication", ' +
  'error_description="Sign in again to continue.", max_age="300"'
const refused = { status: 401, body: { code: 'reauthentication_required' } }

type Reply = { status: number; body: unknown }
/** The requests, and how each shows in the database that it was carried out. */
const routes = [
  {
    what: 'a change of address',
    method: 'POST',
    path: '/auth/email/change',
    body: { new_email: 'new@example.com' },
    status: 202,
    undone: `SELECT FROM users u WHERE id = $1 AND NOT EXISTS (
      SELECT FROM one_time_tokens o WHERE o.user_id = u.id AND o.purpose = 'email_change')`,
  },
  {
    what: 'a deletion',
    method: 'DELETE',
    path: '/auth/me',
    body: undefined,
    status: 204,
    undone: 'SELECT FROM users WHERE id = $1',
  },
] as const

for (const { what, method, path, body, status, undone } of routes) {
  const isUndone = async (id: string) => (await pool.query(undone, [id])).rowCount === 1
  const ask = (token: string) => call(`${node.baseUrl}${path}`, { method, body, token })
  const prove = (token: string, given = password) =>
    call<TokenPair>(`${node.baseUrl}/auth/reauthenticate`, { token, body: { password: given } })

  t.test(`${what}: an old login is refused with the challenge of RFC 9470, and a reauthentication helps`, async (t) => {
    const pair = await withOldLogin(node, await register(node.baseUrl), '302 seconds')
    const { id } = pair.user
    const answer = await ask(pair.access_token)
    t.match(answer, refused)
    t.equal(answer.headers.get('www-authenticate'), challenge)
    t.match(await prove(pair.access_token, 'not the password'), { status: 401, body: { code: 'invalid_credentials' } })
    t.match(await ask(pair.access_token), refused, 'a wrong password proves nothing')
    const { body: proved } = await prove(pair.access_token)
    t.match(await ask(pair.access_token), refused, 'the old token says what it said')
    t.ok(await isUndone(id), 'nothing has happened yet')
    t.equal((await ask(proved.access_token)).status, status)
    t.notOk(await isUndone(id))
  })

  t.test(`${what}: a login is recent for five minutes`, async (t) => {
    const pair = await withOldLogin(node, await register(node.baseUrl), '290 seconds')
    t.equal((await ask(pair.access_token)).status, status)
  })

  t.test(`${what}: the same holds in cookie mode`, async (t) => {
    const page = openPage(node.baseUrl)
    const { session_id: session, user } = (await page.register()).body as { session_id: string; user: { id: string } }
    const sql = `UPDATE sessions SET authenticated_at = now() - interval '1 hour' WHERE id = $1`
    await pool.query(sql, [session])
    t.equal((await page.refresh()).status, 200)
    const attempt = (): Promise<Reply> => page.ask(method, path, body)
    t.match(await attempt(), refused)
    t.equal((await page.ask('POST', '/auth/reauthenticate', { password })).status, 200)
    t.ok(await isUndone(user.id))
    t.equal((await attempt()).status, status)
    t.notOk(await isUndone(user.id))
  })

  t.test(`${what}: a session that ends after its reauthentication is refused`, async (t) => {
    const pair = await register(node.baseUrl)
    const { body: proved } = await prove(pair.access_token)
    await pool.query('UPDATE sessions SET revoked_at = now() WHERE id = $1', [pair.session_id])
    t.match(await ask(proved.access_token), { status: 401, body: { code: 'token_revoked' } })
    t.ok(await isUndone(pair.user.id))
  })
}
