/** Administrators must have entered their password recently to change something, but not to read it. */
import t from 'tap'
import type { TokenPair } from '../../src/sessions/token-pair.ts'
import { ask, auditRows, change } from '../setup/admins.ts'
import { call, password, register } from '../setup/client.ts'
import { startNode } from '../setup/node.ts'
import { withOldLogin } from '../setup/sessions.ts'

const node = await startNode(t)
const { pool } = node.database
const challenge =
  'Bearer realm="countersign", error="insufficient_user_authentication", ' +
  'error_description="Sign in again to continue.", max_age="600"'

/** A user who logged in this long ago, with an access token whose auth_time is that old. */
async function loggedInBefore(interval: string, roles: readonly string[]): Promise<TokenPair> {
  const pair = await register(node.baseUrl)
  await pool.query('UPDATE users SET roles = $2 WHERE id = $1', [pair.user.id, roles])
  return withOldLogin(node, pair, interval)
}
const ada = await register(node.baseUrl)
const { id } = ada.user

t.test('an administrator with an old login must reauthenticate before a change', async (t) => {
  const admin = await loggedInBefore('1 hour', ['admin'])
  const refused = await change(node, admin, id, { roles: ['editor'] })
  t.match(refused, { status: 401, body: { code: 'reauthentication_required' } })
  t.equal(refused.headers.get('www-authenticate'), challenge)
  t.match(await auditRows(node, `type LIKE 'admin%'`), [{ type: 'admin_refused' }], 'nothing has changed')
  const read = await ask(node, admin, `/admin/users/${id}`)
  t.equal(read.status, 200, 'but reading is allowed')
  t.same(read.body['roles'], [])

  const proved = await call<TokenPair>(`${node.baseUrl}/auth/reauthenticate`, {
    token: admin.access_token,
    body: { password },
  })
  t.equal(proved.status, 200)
  t.equal((await change(node, admin, id, { roles: ['editor'] })).status, 401, 'the old token has the old auth_time')
  const changed = await change(node, proved.body, id, { roles: ['editor'] })
  t.equal(changed.status, 200)
  t.same(changed.body['roles'], ['editor'])
})

t.test('every write requires a recent login', async (t) => {
  const admin = await loggedInBefore('1 hour', ['admin'])
  const writes = Object.entries(node.app.swagger().paths ?? {}).flatMap(([path, item]) =>
    path.startsWith('/admin/')
      ? Object.keys(item ?? {}).flatMap((method) => (method === 'get' ? [] : [{ method: method.toUpperCase(), path }]))
      : [],
  )
  t.ok(writes.length >= 2)
  for (const { method, path } of writes) {
    const token = admin.access_token
    const answer = await call(`${node.baseUrl}${path.replace('{id}', id)}`, { method, token, body: {} })
    t.match(answer, { status: 401, body: { code: 'reauthentication_required' } }, `${method} ${path}`)
  }
})

t.test('a login is recent for ten minutes', async (t) => {
  t.equal((await change(node, await loggedInBefore('590 seconds', ['admin']), id, {})).status, 200)
  t.equal((await change(node, await loggedInBefore('602 seconds', ['admin']), id, {})).status, 401)
})

t.test('a recent login does not replace the role', async (t) => {
  const plain = await loggedInBefore('1 minute', [])
  t.match(await change(node, plain, id, {}), { status: 403, body: { code: 'forbidden' } })
})
