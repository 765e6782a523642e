import t from 'tap'
import { auditRows, registerAdmin } from '../setup/admins.ts'
import { call, register } from '../setup/client.ts'
import { startNode } from '../setup/node.ts'
import { withOldLogin } from '../setup/sessions.ts'

const node = await startNode(t)
const events = (sessionId: string) => auditRows(node, `type = 'admin_refused' AND session_id = $1`, [sessionId])

t.test('a user without the role leaves one event an hour for each route', async (t) => {
  const ada = await register(node.baseUrl)
  for (const path of ['/admin/users', '/admin/users', '/admin/audit']) {
    t.equal((await call(`${node.baseUrl}${path}`, { token: ada.access_token })).status, 403)
  }
  const found = await events(ada.session_id)
  t.match(
    found.map(({ detail }) => detail).toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)),
    [
      { code: 'forbidden', route: 'GET /admin/audit' },
      { code: 'forbidden', route: 'GET /admin/users' },
    ],
  )
  t.match(found[0], { actor_id: ada.user.id, subject_id: ada.user.id, ip: '127.0.0.1' })
  await node.database.pool.query(`UPDATE audit_events SET at = at - interval '61 minutes' WHERE type = 'admin_refused'`)
  await call(`${node.baseUrl}/admin/users`, { token: ada.access_token })
  t.equal((await events(ada.session_id)).length, 3)
})

t.test('an administrator whose login is too old leaves an event, and one who is let through leaves none', async (t) => {
  const admin = await registerAdmin(node)
  t.equal((await call(`${node.baseUrl}/admin/users`, { token: admin.access_token })).status, 200)
  t.same(await events(admin.session_id), [])
  const { access_token: old } = await withOldLogin(node, admin)
  const path = `${node.baseUrl}/admin/users/${admin.user.id}/sessions`
  t.equal((await call(path, { method: 'DELETE', token: old })).status, 401)
  t.match(await events(admin.session_id), [
    { detail: { code: 'reauthentication_required', route: 'DELETE /admin/users/:id/sessions' } },
  ])
})

t.test('a request without a valid token leaves no event', async (t) => {
  const count = async () => (await auditRows(node, 'true')).length
  const before = await count()
  t.equal((await call(`${node.baseUrl}/admin/users`)).status, 401)
  t.equal((await call(`${node.baseUrl}/admin/users`, { token: 'a.b.c' })).status, 401)
  t.equal(await count(), before)
})
